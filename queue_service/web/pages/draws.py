"""Entering a draw, waiting for a place on a full day, and what became of it: no JavaScript needed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.actions import EnterDraw, JoinWaitingList, OfDay
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.errors import AlreadyClaimed, Invalid, NotFound, Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.lots import Draw
from queue_service.web.api.draws import draw_object, entered_by, entry_object, new_entry, new_id, withdraw_entry
from queue_service.web.api.tickets import IssueLimit
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import clock, language_of, long_date, short_date
from queue_service.web.pages.forms import Form, new_key, once, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.persons import given_in, person_page, question, refused
from queue_service.web.problems import status_of
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/b/{branch}/draw/{queue}")
async def show(branch: str, queue: str, request: Request, house: TheHouse) -> Response:
    return await _draw_page(request, house, branch, queue, request.query_params.get("day", ""))


@router.post("/b/{branch}/draw/{queue}", dependencies=[IssueLimit, Depends(check_own_page)])
async def enter(branch: str, queue: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    try:
        return await _enter(request, house, branch, EnterDraw(queue, new_id()), form)
    except NotFound:
        raise
    except Refusal as refusal:
        problem = said(request, refusal, house.branches.get(branch))
        return await _draw_page(request, house, branch, queue, form.get("day", ""), status_of(refusal), problem)


@router.post("/b/{branch}/waiting-list/{queue}", dependencies=[IssueLimit, Depends(check_own_page)])
async def join(branch: str, queue: str, request: Request, house: TheHouse) -> Response:
    return await _enter(request, house, branch, JoinWaitingList(queue, new_id()), await read_form(request))


async def _enter(request: Request, house: House, branch: str, action: OfDay, form: Form) -> Response:
    """Where the queue asks who somebody is, that is asked first."""
    known, language, address = house.branches.get(branch), language_of(request), request.url.path
    queue = known.queue(action.queue)
    if asked := question(queue, form, language):
        return person_page(request, known, asked, address, language)
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise Invalid("day: expected a day such as 2026-11-23.") from None
    try:
        entry = await new_entry(Errand(house, VISITOR, once(request, form)), branch, action, day, given_in(form))
    except (Invalid, AlreadyClaimed) as refusal:
        if asked := refused(request, known, queue, form, refusal, language):
            return person_page(request, known, asked, address, language, status_of(refusal))
        raise
    return RedirectResponse(entry["url"], 303)


async def _draw_page(
    request: Request, house: House, branch: str, queue: str, asked: str, status: int = 200, problem: str = ""
) -> Response:
    known, now, language = house.branches.get(branch), house.floors.clock(), language_of(request)
    plan = known.queue(queue)
    draws = await _draws(house, known, plan, now, asked)
    chosen = _chosen(draws, asked, now)
    return page(
        request,
        "draw.html",
        status,
        branch=branch_short(known, language),
        queue={"id": queue, "name": plan.name.in_language(language)},
        problem=problem,
        key=new_key(),
        days=[{"day": floor.day.isoformat(), "words": short_date(language, floor.day)} for floor, _ in draws],
        draw=None if chosen is None else _shown(*chosen, queue, now, language),
        winners=[] if chosen is None else _winners(*chosen),
    )


async def _draws(house: House, branch: Branch, queue: Queue, now: datetime, asked: str) -> list[tuple[Floor, Draw]]:
    """Those that are under way, and the one that was asked for."""
    today = branch.day_of(now)
    furthest = 0 if queue.draw is None else queue.draw.opens.days + 1
    days = {today + timedelta(days=ahead) for ahead in range(furthest + 1)}
    try:
        wanted = date.fromisoformat(asked)
        days |= {wanted} if abs((wanted - today).days) <= 366 else set()
    except ValueError:
        pass
    floors = [await house.floors.get((branch.id, day)) for day in sorted(days) if queue.calendar.spans(day)]
    return [(floor, floor.lots.draws[queue.id]) for floor in floors if queue.id in floor.lots.draws]


def _chosen(draws: list[tuple[Floor, Draw]], asked: str, now: datetime) -> tuple[Floor, Draw] | None:
    """The one that was asked for; else the first that can be entered."""
    named = next((draw for draw in draws if draw[0].day.isoformat() == asked), None)
    is_open = (d for d in draws if d[1].announced.opens <= now < d[1].announced.closes)
    return named or next(is_open, draws[-1] if draws else None)


def _shown(floor: Floor, draw: Draw, queue: str, now: datetime, language: str) -> Json:
    shown = draw_object(floor, queue, draw, now)
    moments = {name: shown[name] for name in ("opens", "closes", "drawn_at")}
    return {
        **shown,
        "day": floor.day.isoformat(),
        "words": long_date(language, floor.day),
        **{name: f"{long_date(language, at.date())}, {clock(language, at)}" for name, at in moments.items()},
    }


def _winners(floor: Floor, draw: Draw) -> list[Json]:
    labels = ((entry, floor.lots.entrants[entry].label) for entry in draw.order)
    return [{"entry": entry, "label": label} for entry, label in labels if label]


@router.get("/e/{token}")
async def show_entry(token: str, request: Request, house: TheHouse) -> Response:
    return await _entry_page(request, house, token)


@router.post("/e/{token}/withdraw", dependencies=[Depends(check_own_page)])
async def withdraw(token: str, request: Request, house: TheHouse) -> Response:
    try:
        await withdraw_entry(Errand(house, VISITOR, None), token)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _entry_page(request, house, token, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/e/{token}", 303)


async def _entry_page(request: Request, house: House, token: str, status: int = 200, problem: str = "") -> Response:
    name, floor = await entered_by(house, token)
    now, language = house.floors.clock(), language_of(request)
    entry = entry_object(house, floor, name)
    draw = floor.lots.draws.get(entry["queue"])
    ticket = entry["ticket"]
    return page(
        request,
        "entry.html",
        status,
        branch=branch_short(floor.branch, language),
        queue=floor.branch.queue(entry["queue"]).name.in_language(language),
        token=token,
        problem=problem,
        entry=entry,
        is_over=name.day < floor.branch.day_of(now),
        day=long_date(language, name.day),
        time=clock(language, datetime.fromisoformat(ticket["slot"])) if ticket else "",
        draw=None if draw is None else _shown(floor, draw, entry["queue"], now, language),
        now=floor.branch.local(now),
    )
