"""Somebody has lost their number: a clerk finds it by its label, or by who it is, and their phone can open it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.floors import Floor
from queue_service.records.audit import Deed, note
from queue_service.records.people.finding import Sought
from queue_service.records.roles import Right
from queue_service.tokens import TicketName
from queue_service.web.fields import Form, read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of
from queue_service.web.pages.codes import qr_of
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import names_of, page
from queue_service.web.pages.ticket import step_words
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

SHOWN_AGAIN = "ticket.shown_again"
_WAYS = ("name", "phone", "nik")


@router.get("/lost/{branch}")
async def ask(branch: str, request: Request, house: TheHouse) -> Response:
    await staff_with(Right.FIND_PEOPLE, request, branch)
    return _page(request, await house.floors.get_today(branch), {})


@router.post("/lost/{branch}", dependencies=[Depends(check_own_page)])
async def find(branch: str, request: Request, house: TheHouse) -> Response:
    """By POST, so that no address, and no log, holds what was looked for."""
    staff = await staff_with(Right.FIND_PEOPLE, request, branch)
    form, floor = await read_form(request), await house.floors.get_today(branch)
    try:
        if form.get("show"):
            code = await _show_again(house, floor, form["show"], str(staff), request)
            return _page(request, floor, form, labels=[form["show"]], code=code)
        labels = await _found(house, floor, form, str(staff))
    except Refusal as refusal:
        return _page(request, floor, form, status_of(refusal), said(request, refusal))
    return _page(request, floor, form, labels=labels)


async def _found(house: House, floor: Floor, form: Form, by: str) -> list[str]:
    """Raises Invalid or NotFound."""
    if label := form.get("label", "").strip().upper():
        return [floor.ticket(label).label]
    given = {way: text for way in _WAYS if (text := form.get(way, "").strip())}
    if len(given) != 1:
        raise Invalid("Fill in one of the fields.")
    sought = Sought(floor.branch.id, floor.day, **given)
    people = await house.people.find(sought, by, house.floors.clock())
    labels = [person.ticket[2] for person in people if person.ticket[2] in floor.tickets]
    if not labels:
        raise NotFound("No number of today was taken under that.")
    return labels


async def _show_again(house: House, floor: Floor, label: str, by: str, request: Request) -> Json:
    """Whoever has this code has the number: that it was shown is noted first."""
    ticket = floor.ticket(label)
    deed = Deed(by, SHOWN_AGAIN, ticket.label, floor.branch.id, {"day": floor.day.isoformat()})
    await house.database.write(partial(note, deed=deed, at=house.floors.clock()))
    token = house.tokens.token_of(TicketName(floor.branch.id, floor.day, ticket.label))
    return {"label": ticket.label, "qr": qr_of(f"{public_url(request)}/t/{token}")}


def _page(
    request: Request,
    floor: Floor,
    form: Mapping[str, str],
    status: int = 200,
    problem: str = "",
    labels: Iterable[str] = (),
    code: Json | None = None,
) -> Response:
    language = language_of(request)
    words, names = step_words(language), names_of(floor.branch, language)["queues"]
    found = [floor.tickets[label] for label in labels if label in floor.tickets]
    return page(
        request,
        "lost.html",
        status,
        branch=branch_short(floor.branch, language),
        problem=problem,
        asked={name: form.get(name, "") for name in ("label", *_WAYS)},
        asks={field.value for queue in floor.branch.queues.values() for field in queue.asks.needs},
        found=[
            {"label": ticket.label, "queue": names.get(ticket.queue, ticket.queue), "state": words[ticket.status]}
            for ticket in found
        ],
        code=code,
        csrf=csrf_of(request),
    )
