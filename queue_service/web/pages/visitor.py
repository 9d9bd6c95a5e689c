"""Choosing a branch and a service, and taking a number: plain forms, no JavaScript needed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.actions import Issue
from queue_service.domain.branches import GENERAL
from queue_service.domain.errors import NotFound, Refusal
from queue_service.web.api.tickets import IssueLimit, issue_ticket
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of
from queue_service.web.order import order_object
from queue_service.web.pages.away import away_words
from queue_service.web.pages.coming_words import coming_words
from queue_service.web.pages.forms import new_key, once, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.persons import given_in, person_page, question, queue_chosen, refused
from queue_service.web.problems import status_of
from queue_service.web.views import branch_object, branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
async def choose_branch(request: Request, house: TheHouse) -> Response:
    language = language_of(request)
    branches = [branch_short(branch, language) for branch in house.branches.all.values()]
    return page(request, "branches.html", branches=branches, way="/b")


@router.get("/b/{branch}")
async def choose_service(branch: str, request: Request, house: TheHouse) -> Response:
    return await branch_page(request, house, branch)


@router.get("/b/{branch}/order/{queue}")
async def show_order(branch: str, queue: str, request: Request, house: TheHouse) -> Response:
    floor, now, language = await house.floors.get_today(branch), house.floors.clock(), language_of(request)
    return page(
        request,
        "order.html",
        branch=branch_short(floor.branch, language),
        queue=floor.branch.queue(queue).name.in_language(language),
        order=order_object(floor, queue, now, language),
        now=floor.branch.local(now),
    )


@router.post("/b/{branch}/tickets", dependencies=[IssueLimit, Depends(check_own_page)])
async def take_number(branch: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    known, language = (await house.floors.get_today(branch)).branch, language_of(request)
    address = f"/b/{branch}/tickets"
    queue = queue_chosen(known, form)
    if asked := question(queue, form, language):
        return person_page(request, known, asked, address, language)
    action = Issue(form.get("queue", ""), form.get("class") or GENERAL, form.get("journey", ""))
    try:
        ticket = await issue_ticket(Errand(house, VISITOR, once(request, form)), branch, action, given_in(form))
    except NotFound:
        raise
    except Refusal as refusal:
        if asked := refused(request, known, queue, form, refusal, language):
            return person_page(request, known, asked, address, language, status_of(refusal))
        problem = said(request, refusal, known)
        return await branch_page(request, house, branch, status_of(refusal), problem, form.get("class"))
    return RedirectResponse(f"/t/{ticket['token']}", 303)


def _journey(branch: dict[str, Any], journey: dict[str, Any]) -> dict[str, Any]:
    """The way in words; stops that may be made in any order stand together."""
    queues = {queue["id"]: queue for queue in branch["queues"]}
    stages = [" + ".join(queues[stop]["name"] for stop in stage) for stage in journey["stops"]]
    is_closed = queues[journey["stops"][0][0]]["state"] == "closed"
    return {**journey, "way": " → ".join(stages), "is_closed": is_closed}


async def branch_page(
    request: Request, house: House, branch: str, status: int = 200, problem: str = "", chosen_class: str | None = None
) -> Response:
    return page(request, "branch.html", status, **await branch_context(request, house, branch, problem, chosen_class))


async def branch_context(
    request: Request,
    house: House,
    branch: str,
    problem: str = "",
    chosen_class: str | None = None,
    language: str | None = None,
) -> dict[str, Any]:
    """Also what a kiosk shows."""
    floor = await house.floors.get_today(branch)
    now = house.floors.clock()
    known = {GENERAL, *floor.branch.classes}
    language = language or language_of(request)
    shown = branch_object(floor, now, language)
    return {
        "branch": shown,
        "away": away_words(floor, language),
        "journeys": [_journey(shown, journey) for journey in shown["journeys"]],
        "now": floor.branch.local(now),
        "goes_out": floor.branch.outreach is not None,
        "travels": floor.branch.team is not None,
        "stops": {
            queue: coming_words(floor, queue, now, language or language_of(request)) for queue in floor.branch.queues
        }
        if floor.trip is not None
        else {},
        "books": any(queue.booking for queue in floor.branch.queues.values()),
        "drawn": [
            {"id": queue.id, "name": queue.name.in_language(language or language_of(request))}
            for queue in floor.branch.queues.values()
            if queue.draw
        ],
        "follows_papers": floor.branch.follows_papers,
        "has_standards": any(service["standard"] for service in (*shown["journeys"], *shown["queues"])),
        "key": new_key(),
        "problem": problem,
        "chosen_class": chosen_class if chosen_class in known else GENERAL,
    }
