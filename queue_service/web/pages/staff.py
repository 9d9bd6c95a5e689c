"""Signing in, and the clerk's console."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.events import to_ms
from queue_service.records.staff.grants import Staff
from queue_service.web.errors import Forbidden
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of, sentence
from queue_service.web.limits import SIGN_INS
from queue_service.web.pages.forms import read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page
from queue_service.web.pages.paper import LOCALES_OF_BROWSERS, names_of, page
from queue_service.web.proxies import address_of, is_secure
from queue_service.web.staff import COOKIE, SESSION, Clerk, csrf_token, open_session
from queue_service.web.views import branch_object, branch_short, counter_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/sign-in")
async def ask_for_key(request: Request, next: str = "") -> Response:  # noqa: A002 - the field's name in the contract
    return page(request, "sign_in.html", next=_local(next), problem="")


@router.post("/sign-in", dependencies=[Depends(check_own_page)])
async def sign_in(request: Request, house: TheHouse) -> Response:
    await house.limits.check(SIGN_INS, "sign-in", address_of(request))
    form = await read_form(request)
    address = _local(form.get("next", ""))
    staff = await house.keys.find(form.get("key", "").strip())
    if staff is None:
        problem = sentence(language_of(request), "This key is not valid.")
        return page(request, "sign_in.html", 401, next=address, problem=problem)
    response = RedirectResponse(address or _first_page(staff), 303)
    response.set_cookie(
        COOKIE,
        open_session(house.secrets, staff, house.floors.clock()),
        max_age=int(SESSION.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=is_secure(request),
    )
    return response


@router.post("/sign-out", dependencies=[Depends(check_own_page)])
async def sign_out(request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    good = csrf_token(house.secrets, request.cookies.get(COOKIE, ""))
    if not hmac.compare_digest(good.encode(), form.get("csrf", "").encode()):
        raise Forbidden("The request did not come from our own page.")
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


@router.get("/counter")
async def choose_branch(request: Request, house: TheHouse) -> Response:
    """For those whose key is not of one branch only."""
    language = language_of(request)
    branches = [branch_short(branch, language) for branch in house.branches.all.values()]
    return page(request, "branches.html", branches=branches, way="/counter")


@router.get("/counter/{branch}")
async def choose_counter(branch: str, request: Request, house: TheHouse, clerk: Clerk) -> Response:
    language = language_of(request)
    floor = await house.floors.get_today(branch)
    shown = branch_object(floor, house.floors.clock(), language)
    names = names_of(floor.branch, language)
    return page(request, "counters.html", branch=shown, names=names, csrf=_csrf(request, house))


@router.get("/counter/{branch}/{counter}")
async def console(branch: str, counter: str, request: Request, house: TheHouse, clerk: Clerk) -> Response:
    language = language_of(request)
    floor = await house.floors.get_today(branch)
    now = house.floors.clock()
    shown = counter_object(floor, counter, now, language)
    plan = floor.branch
    data: Json = {
        "branch": branch,
        "counter": shown,
        "at": to_ms(now),
        "timezone": plan.timezone.key,
        "locale": LOCALES_OF_BROWSERS[language],
        "names": names_of(plan, language),
        "own": list(plan.counter(counter).queues),
        "classes": {item.id: item.name.in_language(language) for item in plan.classes.values()},
    }
    short = branch_short(plan, language)
    return page(request, "counter.html", branch=short, counter=shown, csrf=_csrf(request, house), data=data)


def _csrf(request: Request, house: House) -> str:
    return csrf_token(house.secrets, request.cookies.get(COOKIE, ""))


def _first_page(staff: Staff) -> str:
    branches = {grant.branch for grant in staff.grants}
    only = branches.pop() if len(branches) == 1 else None
    return f"/counter/{only}" if only else "/counter"


def _local(address: str) -> str:
    """Only a path of ours: a sign-in must not send anybody elsewhere."""
    parts = urlsplit(address.replace("\\", "/"))
    is_ours = address.startswith("/") and not address.startswith("//") and not parts.scheme and not parts.netloc
    return address if is_ours and address.isprintable() else ""
