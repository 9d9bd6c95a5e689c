"""The clerk's console."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.events import to_ms
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.errors import Unauthorized
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import N_, language_of, sentence
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.paper import LOCALES_OF_BROWSERS, names_of, page, static
from queue_service.web.staff import Clerk, csrf_of, find_staff
from queue_service.web.views import branch_object, branch_short, counter_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

# What else is done at a branch, and the right that it takes.
_WAYS = (
    ("/lost", N_("A lost number"), Right.FIND_PEOPLE),
    ("/people", N_("Who has this number"), Right.REVEAL_PEOPLE),
    ("/referrals", N_("Errands at other agencies"), Right.SERVE),
    ("/cases", N_("Papers and their progress"), Right.READ_CASES),
    ("/identity", N_("Check an identity"), Right.FIND_PEOPLE),
    ("/complaints", N_("Write down a complaint"), Right.SERVE),
    ("/office/absence", N_("Somebody is late or absent"), Right.SET_QUEUES),
)


@router.get("/counter")
async def choose_branch(request: Request, house: TheHouse) -> Response:
    """For those who may serve at several branches."""
    staff = await find_staff(request)
    if staff is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    language = language_of(request)
    theirs = staff.branches_with(Right.SERVE, house.branches.all)
    branches = [branch_short(house.branches.get(branch), language) for branch in theirs]
    return page(request, "branches.html", branches=branches, way="/counter")


@router.get("/counter/{branch}")
async def choose_counter(branch: str, request: Request, house: TheHouse, clerk: Clerk) -> Response:
    language = language_of(request)
    floor = await house.floors.get_today(branch)
    shown = branch_object(floor, house.floors.clock(), language)
    names = names_of(floor.branch, language)
    return page(
        request,
        "counters.html",
        branch=shown,
        names=names,
        csrf=csrf_of(request),
        has_account=clerk.account is not None,
        ways=[(way, sentence(language, words)) for way, words, right in _WAYS if clerk.may(right, branch)],
    )


@router.get("/counter/{branch}/{counter}")
async def console(branch: str, counter: str, request: Request, house: TheHouse, clerk: Clerk) -> Response:
    language = language_of(request)
    floor = await house.floors.get_today(branch)
    now = house.floors.clock()
    shown = counter_object(floor, counter, now, language, clerk.queues_at(branch))
    plan = floor.branch
    data: Json = {
        "branch": branch,
        "counter": shown,
        "at": to_ms(now),
        "timezone": plan.timezone.key,
        "locale": LOCALES_OF_BROWSERS[language],
        "names": names_of(plan, language),
        "promises": plan.promises,
        "own": list(plan.counter(counter).queues),
        "refers": bool(plan.errands),
        "classes": {item.id: item.name.in_language(language) for item in plan.classes.values()},
        "away": None if plan.team is None else _away(house, plan, clerk),
    }
    short = branch_short(plan, language)
    return page(request, "counter.html", branch=short, counter=shown, csrf=csrf_of(request), data=data)


def _away(house: House, plan: Branch, clerk: Staff) -> Json:
    """What a console needs that may lose its link. `who`: tells only whether it is the same clerk."""
    return {
        "who": house.secrets.digest("console", str(clerk).encode()).hex()[:16],
        "worker": static.url("console_worker.js"),
        "files": _files(),
        "pause_minutes": plan.rules.pause_minutes,
        "max_calls": plan.rules.max_calls,
    }


@cache
def _files() -> list[str]:
    return static.with_imports("console.js", "console.css", "base.css", "icon.svg")
