"""Whether somebody is who they say, for staff at a counter: a question to the register, and never a condition."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.tickets import LIVE
from queue_service.records.identity_checks import Check
from queue_service.records.roles import Right
from queue_service.web.fields import read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.identities import ask_about, checks_of, find_connection, verdict_lines
from queue_service.web.languages import clock, language_of
from queue_service.web.outside import in_words
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.problems import status_of
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

LOOK_AGAIN_SECONDS = 2


@router.get("/identity/{branch}")
async def show(branch: str, request: Request, house: TheHouse, label: str = "") -> Response:
    await staff_with(Right.FIND_PEOPLE, request, branch)
    return await _page(request, house, branch, label)


@router.post("/identity/{branch}", dependencies=[Depends(check_own_page)])
async def check(branch: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await staff_with(Right.FIND_PEOPLE, request, branch)
    label = form.get("label", "").strip().upper()
    try:
        floor = await house.floors.get_today(branch)
        ticket = floor.ticket(label)
        await ask_about(house, (branch, floor.day, ticket.label), _day(form.get("birth_date", "")), str(staff))
    except Refusal as refusal:
        return await _page(request, house, branch, label, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/identity/{branch}?label={ticket.label}", 303)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("birth_date: expected a day such as 1990-07-01.") from None


async def _page(
    request: Request, house: House, branch: str, label: str, status: int = 200, problem: str = ""
) -> Response:
    floor, language = await house.floors.get_today(branch), language_of(request)
    known, label = floor.branch, label.strip().upper()
    person, checks = None, list[Json]()
    if label in floor.tickets:
        with suppress(NotFound):
            person = await house.people.get((branch, floor.day, label))
        checks = [_shown(known, each, language) for each in await checks_of(house, (branch, floor.day, label))]
    elif label and not problem:
        status, problem = 404, said(request, NotFound("There is no ticket {label} today.", label=label))
    response = page(
        request,
        "identity.html",
        status,
        branch=branch_short(known, language),
        problem=problem,
        label=label if label in floor.tickets else "",
        has_nik=person is not None and Field.NIK in person.values,
        name=person.values.get(Field.NAME, "") if person else "",
        can_ask=await find_connection(house, branch) is not None,
        here=[ticket.label for ticket in floor.tickets.values() if ticket.counter and ticket.status in LIVE],
        checks=checks,
        waits=LOOK_AGAIN_SECONDS if any(not each["lines"] for each in checks) else 0,
        csrf=csrf_of(request),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(branch: Branch, check: Check, language: str) -> Json:
    verdict = check.verdict
    return {
        "at": clock(language, branch.local(check.at)),
        "result": verdict.result if verdict else "",
        "lines": list(verdict_lines(language, verdict, in_words)) if verdict else [],
    }
