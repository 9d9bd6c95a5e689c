"""The kiosk, for somebody with an appointment: scan the code or type it, and be here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.actions import CheckIn
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Refusal
from queue_service.domain.floors import Floor
from queue_service.records.devices import Face
from queue_service.web.devices import check_screen
from queue_service.web.errands import Errand
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import LANGUAGES, clock, language_of_public_screen
from queue_service.web.pages.codes import ticket_shown
from queue_service.web.pages.forms import Form, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import LOCALES_OF_BROWSERS, page
from queue_service.web.problems import status_of
from queue_service.web.proxies import address_of
from queue_service.web.views import branch_short, ticket_view

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

KIOSK = "kiosk"
BACK_AFTER_SECONDS = 12
LONGEST = 300  # characters of what is scanned


@router.get("/kiosk/{branch}/check-in")
async def ask(branch: str, request: Request, house: TheHouse) -> Response:
    plan = (await house.floors.get_today(branch)).branch
    device = await check_screen(request, house.branches.get(branch), Face.KIOSK)
    return _page(request, plan, language_of_public_screen(request), is_paired=device is not None)


@router.post("/kiosk/{branch}/check-in", dependencies=[Depends(check_own_page)])
async def arrive(branch: str, request: Request, house: TheHouse) -> Response:
    plan = (await house.floors.get_today(branch)).branch
    await check_screen(request, house.branches.get(branch), Face.KIOSK)
    form = await read_form(request)
    language = _language(request, form)
    try:
        arrived = await _check_in(house, branch, form.get("code", "")[:LONGEST], address_of(request), language)
    except Refusal as refusal:
        return _page(request, plan, language, status_of(refusal), said(request, refusal, plan, language))
    return _page(request, plan, language, arrived=arrived)


async def _check_in(house: House, branch: str, shown: str, address: str, language: str) -> Json:
    name, _ = await ticket_shown(house, branch, shown, address)

    def view(floor: Floor, events: object, now: datetime) -> Json:
        ticket, seen = floor.ticket(name.label), ticket_view(floor, name.label, now)
        return {
            "label": name.label,
            "queue": floor.branch.queue(ticket.queue).name.in_language(language),
            "ahead": seen["ahead"],
            "is_late": ticket.slot is not None and ticket.due != ticket.slot,
            "time": clock(language, floor.branch.local(ticket.due)),
        }

    return await Errand(house, KIOSK, None).act(branch, CheckIn(name.label), view, name.day)


def _page(
    request: Request,
    plan: Branch,
    language: str,
    status: int = 200,
    problem: str = "",
    arrived: Json | None = None,
    is_paired: bool = False,
) -> Response:
    letters = [queue.prefix for queue in plan.queues.values()]
    return page(
        request,
        "arrive.html",
        status,
        language,
        branch=branch_short(plan, language),
        problem=problem,
        arrived=arrived,
        letters=letters,
        seconds=BACK_AFTER_SECONDS,
        data={"locale": LOCALES_OF_BROWSERS[language], "is_paired": is_paired},
    )


def _language(request: Request, form: Form) -> str:
    asked = form.get("lang", "")
    return asked if asked in LANGUAGES else language_of_public_screen(request)
