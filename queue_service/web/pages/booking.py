"""Making an appointment, and choosing another time for one: plain links and one form, no JavaScript needed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.actions import Book
from queue_service.domain.booking import days_to_book, is_to_be_drawn
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.errors import AlreadyClaimed, Invalid, NotFound, Refusal
from queue_service.web.api.appointments import (
    book_for,
    can_be_waited_for,
    moment_of,
    reschedule_appointment,
    slots_of,
)
from queue_service.web.api.tickets import IssueLimit
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.holders import held_by
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import clock, language_of, short_date
from queue_service.web.pages.forms import Form, new_key, once, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.persons import given_in, person_page, question, refused
from queue_service.web.problems import status_of
from queue_service.web.standards import standard_object
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/b/{branch}/book")
async def choose(branch: str, request: Request, house: TheHouse) -> Response:
    if house.branches.get(branch).team is not None:
        return RedirectResponse(f"/b/{branch}/stops", 303)
    return await _page(request, house, branch, dict(request.query_params))


@router.post("/b/{branch}/book", dependencies=[IssueLimit, Depends(check_own_page)])
async def take(branch: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    errand = Errand(house, VISITOR, once(request, form))
    known, language, address = house.branches.get(branch), language_of(request), f"/b/{branch}/book"
    queue = None if form.get("ticket") else known.queues.get(form.get("queue", ""))
    if asked := question(queue, form, language):
        return person_page(request, known, asked, address, language)
    try:
        slot = _moment(form)
        if token := form.get("ticket"):
            booked = await reschedule_appointment(errand, token, slot)
        else:
            booked = await book_for(errand, branch, Book(form.get("queue", ""), slot), given_in(form))
    except NotFound:
        raise
    except Refusal as refusal:
        if isinstance(refusal, Invalid | AlreadyClaimed) and (
            asked := refused(request, known, queue, form, refusal, language)
        ):
            return person_page(request, known, asked, address, language, status_of(refusal))
        problem = said(request, refusal, known)
        return await _page(request, house, branch, form, status_of(refusal), problem)
    return RedirectResponse(f"/t/{booked['token']}", 303)


def _moment(form: Form) -> datetime:
    try:
        return moment_of(datetime.fromisoformat(form.get("slot", "")))
    except ValueError:
        raise Invalid("slot: no appointment begins at that time.") from None


async def _page(
    request: Request, house: House, branch: str, asked: Form, status: int = 200, problem: str = ""
) -> Response:
    known, now, language = house.branches.get(branch), house.floors.clock(), language_of(request)
    token, ticket = asked.get("ticket"), None
    if token:
        name, floor = await held_by(house, token)
        ticket = floor.ticket(name.label)
        asked = {**asked, "queue": ticket.queue}
    queue = _chosen_queue(known, asked)
    days = [] if queue is None else list(days_to_book(known, queue, now))
    day = _chosen_day(asked, days)
    slots = [] if queue is None or day is None else await slots_of(house, branch, queue.id, day)
    return page(
        request,
        "book.html",
        status,
        branch=branch_short(known, language),
        problem=problem,
        key=new_key(),
        ticket=ticket,
        token=token,
        queue=None if queue is None else _shown(known, queue, day or known.day_of(now), language),
        queues=[{"id": one.id, "name": one.name.in_language(language)} for one in known.queues.values() if one.booking],
        days=[{"day": one.isoformat(), "words": short_date(language, one)} for one in days],
        day=None if day is None else day.isoformat(),
        is_full=slots != [] and await can_be_waited_for(house, branch, queue.id, day) if queue and day else False,
        draw=await _draw_of_day(house, branch, queue.id, day) if queue and day else None,
        slots=[{"at": at.isoformat(), "words": clock(language, at), "free": free} for at, free in slots],
    )


def _shown(branch: Branch, queue: Queue, day: date, language: str) -> Json:
    """With what is to be brought: the queue's own standard, else that of the one journey that begins there."""
    begins = [journey for journey in branch.journeys.values() if journey.stages[0] == (queue.id,)]
    standard = queue.standard or (begins[0].standard if len(begins) == 1 else None)
    name = queue.name.in_language(language)
    return {"id": queue.id, "name": name, "standard": standard_object(standard, day, language)}


async def _draw_of_day(house: House, branch: str, queue: str, day: date) -> str | None:
    """Where it can be entered, for a day whose places are drawn by lot and not drawn yet."""
    floor = await house.floors.get((branch, day))
    is_drawn = is_to_be_drawn(floor, floor.branch.queue(queue), house.floors.clock())
    return f"/b/{branch}/draw/{queue}?day={day}" if is_drawn else None


def _chosen_queue(branch: Branch, asked: Form) -> Queue | None:
    """The one that was asked for, or the only one that takes appointments."""
    takes = [queue for queue in branch.queues.values() if queue.booking]
    named = next((queue for queue in takes if queue.id == asked.get("queue")), None)
    return takes[0] if named is None and len(takes) == 1 else named


def _chosen_day(asked: Form, days: list[date]) -> date | None:
    """The one that was asked for, in words or with a time; else the next."""
    wanted = asked.get("day") or asked.get("slot", "")[:10]
    return next((day for day in days if day.isoformat() == wanted), days[0] if days else None)
