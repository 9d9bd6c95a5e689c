"""Who has a number, for supervisors: masked, and one field in full once a reason was given."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.errors import NotFound
from queue_service.records.roles import Right
from queue_service.web.house import TheHouse
from queue_service.web.languages import language_of, long_date, sentence
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.paper import page
from queue_service.web.pages.persons import field_words
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/people/{branch}")
async def look_up(branch: str, request: Request, house: TheHouse, label: str = "", day: str = "") -> Response:
    await staff_with(Right.REVEAL_PEOPLE, request, branch)
    language, known = language_of(request), house.branches.get(branch)
    wanted = _day(day) or known.day_of(house.floors.clock())
    person, problem = None, ""
    if label:
        try:
            person = await house.people.get((branch, wanted, label.strip().upper()))
        except NotFound:
            problem = sentence(language, "Nothing is kept about this number.")
    response = page(
        request,
        "person_staff.html",
        branch=branch_short(known, language),
        label=label,
        day=wanted.isoformat(),
        person=person,
        given_on=long_date(language, known.local(person.at).date()) if person else "",
        problem=problem,
        words=field_words(language),
        data={"csrf": csrf_of(request)},
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
