"""A doctor or clerk comes late, or not at all: one form tells everybody who waits or has an appointment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.actions import SetQueue, Suspend
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.visiting import MOVABLE
from queue_service.records.roles import Right
from queue_service.web.errands import Errand
from queue_service.web.fields import Form, read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import counted, language_of, long_date
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.ticket import suspended_words
from queue_service.web.problems import status_of
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/office/absence/{branch}")
async def show(branch: str, request: Request, house: TheHouse) -> Response:
    await staff_with(Right.SET_QUEUES, request, branch)
    return await _page(request, house, branch, dict(request.query_params))


@router.post("/office/absence/{branch}", dependencies=[Depends(check_own_page)])
async def set_absence(branch: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await staff_with(Right.SET_QUEUES, request, branch)
    queue = form.get("queue", "")
    try:
        day = _day_of(house.branches.get(branch), form, house.floors.clock())
        is_over = form.get("is") == "over"
        action = SetQueue(queue, QueueState.OPEN) if is_over else _suspension(house.branches.get(branch), form, day)
        await Errand(house, str(staff), None).act(branch, action, _nothing, day)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _page(request, house, branch, form, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/office/absence/{branch}?day={day.isoformat()}", 303)


def _nothing(floor: Floor, events: object, now: datetime) -> Json:
    return {}


def _suspension(branch: Branch, form: Form, day: date) -> Suspend:
    until = form.get("until", "")
    try:
        at = datetime.combine(day, time.fromisoformat(until), branch.timezone).astimezone(UTC) if until else None
    except ValueError:
        raise Invalid("until: expected a moment of that day that is still to come.") from None
    return Suspend(form.get("queue", ""), at, form.get("text", ""))


def _day_of(branch: Branch, form: Form, now: datetime) -> date:
    try:
        return date.fromisoformat(form["day"]) if form.get("day") else branch.day_of(now)
    except ValueError:
        raise Invalid("day: expected a day such as 2026-11-23.") from None


async def _page(
    request: Request, house: House, branch: str, asked: Form, status: int = 200, problem: str = ""
) -> Response:
    plan, now, language = house.branches.get(branch), house.floors.clock(), language_of(request)
    try:
        day = _day_of(plan, asked, now)
    except Invalid as refusal:
        day, problem = plan.day_of(now), said(request, refusal)
    floor = await house.floors.get((branch, day))
    return page(
        request,
        "absence.html",
        status,
        branch=branch_short(plan, language),
        asked={name: asked.get(name, "") for name in ("queue", "text", "until")},
        day=day,
        today=plan.day_of(now),
        day_words=long_date(language, day),
        queues=[_queue(floor, queue, now, language) for queue in floor.branch.queues],
        problem=problem,
        csrf=csrf_of(request),
    )


def _queue(floor: Floor, queue: str, now: datetime, language: str) -> Json:
    until = floor.suspended_until(queue, now)
    concerned = sum(ticket.queue == queue and ticket.status in MOVABLE for ticket in floor.tickets.values())
    return {
        "id": queue,
        "name": floor.branch.queue(queue).name.in_language(language),
        "concerned": counted(language, "{n} person waits or is booked", "{n} people wait or are booked", concerned),
        "suspended": suspended_words(floor, until, language) if until else "",
    }
