"""Where a team is going, and a free place at one of its stops: for people of the village, by phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.outreach import OutreachService
from queue_service.domain.trip_actions import Enlist
from queue_service.journal.appends import Place
from queue_service.tokens import TicketName
from queue_service.web.api.tickets import IssueLimit
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.fields import read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import counted, language_of, long_date
from queue_service.web.pages.coming_words import coming_words
from queue_service.web.pages.forms import new_key, once
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.trip_choices import booked_label
from queue_service.web.problems import status_of
from queue_service.web.trips import Json, free_stops, team_at, trips_between
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LOOKED_AHEAD = timedelta(days=28)


@router.get("/b/{branch}/stops")
async def show(branch: str, request: Request, house: TheHouse) -> Response:
    return await _page(request, house, branch)


@router.post("/b/{branch}/stops", dependencies=[IssueLimit, Depends(check_own_page)])
async def book(branch: str, request: Request, house: TheHouse) -> Response:
    """One place, for one person and one service."""
    form = await read_form(request)
    plan, team = team_at(house, branch)
    try:
        day, _, queue = form.get("slot", "").partition(" ")
        services = services_of(house, team.office)
        if form.get("service") not in services:
            raise Invalid("service: choose what you come for.")
        action = Enlist(queue, (services[form["service"]].minutes,))
        told = await Errand(house, VISITOR, once(request, form)).act(branch, action, booked_label, _day(day))
    except NotFound:
        raise
    except Refusal as refusal:
        return await _page(request, house, branch, status_of(refusal), said(request, refusal, plan))
    token = house.tokens.token_of(TicketName(branch, date.fromisoformat(told["day"]), told["label"]))
    return RedirectResponse(f"/t/{token}", 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("to: choose another stop.") from None


def services_of(house: House, office: str) -> Mapping[str, OutreachService]:
    plan = house.branches.all.get(office)
    return plan.outreach.services if plan is not None and plan.outreach is not None else {}


async def _page(request: Request, house: House, branch: str, status: int = 200, problem: str = "") -> Response:
    plan, team = team_at(house, branch)
    now, language = house.floors.clock(), language_of(request)
    today = plan.day_of(now)
    floors = await trips_between(house, [plan], today, today + LOOKED_AHEAD)
    services = services_of(house, team.office).values()
    return page(
        request,
        "stops.html",
        status,
        branch=branch_short(plan, language),
        problem=problem,
        key=new_key(),
        days=list(_days(floors, now, language)),
        services=[{"id": one.id, "name": one.name.in_language(language)} for one in services],
        office=_office(house, team.office, language),
        now=plan.local(now),
    )


def _office(house: House, office: str, language: str) -> Json | None:
    plan: Branch | None = house.branches.all.get(office)
    return branch_short(plan, language) if plan is not None else None


def _days(floors: Mapping[Place, Floor], now: datetime, language: str) -> Iterator[Json]:
    for (_, day), floor in sorted(floors.items()):
        free = {stop.queue: left for _, stop, left in free_stops([floor], now)}
        stops = floor.trip.stops if floor.trip is not None else ()
        yield {
            "words": long_date(language, day),
            "stops": [
                {
                    "slot": f"{day} {stop.queue}",
                    "name": stop.name,
                    "coming": coming_words(floor, stop.queue, now, language),
                    "free": counted(language, "{n} place left", "{n} places left", free[stop.queue])
                    if stop.queue in free
                    else "",
                }
                for stop in stops
            ],
        }
