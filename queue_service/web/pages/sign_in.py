"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.records.staff.sessions import Way
from queue_service.web.errors import TooMany, Unauthorized
from queue_service.web.fields import read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.signing_in import sign_in_by_key, sign_in_by_password
from queue_service.web.staff import find_session, hand_out, take_back

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sign-in")
async def ask_who_it_is(request: Request, house: TheHouse, next: str = "") -> Response:  # noqa: A002 - the field's name in the contract
    return sign_in_page(request, house, next_=local(next))


@router.post("/sign-in", dependencies=[Depends(check_own_page)])
async def sign_in(request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    address = local(form.get("next", ""))
    try:
        if "key" in form:
            cookie = await sign_in_by_key(request, form["key"])
        else:
            cookie = await sign_in_by_password(request, form.get("login", ""), form.get("password", ""))
    except (Unauthorized, TooMany) as refusal:
        problem, by_key = said(request, refusal), "key" in form
        response = sign_in_page(request, house, status_of(refusal), problem, next_=address, by_key=by_key)
        if isinstance(refusal, TooMany):
            response.headers["Retry-After"] = str(refusal.fields["seconds"])
        return response
    session = await house.sessions.find(cookie, house.floors.clock())
    if session is None:
        raise Unauthorized("The session is over. Please sign in again.")
    response = RedirectResponse(address or first_page(session.staff), 303)
    hand_out(response, request, cookie)
    return response


@router.post("/sign-out", dependencies=[Depends(check_own_page)])
async def sign_out(request: Request, house: TheHouse) -> Response:
    """Ends it on the server; the cookie that the browser forgets would be of no use to anybody."""
    response: Response = RedirectResponse("/sign-in", 303)
    take_back(response, request)
    try:
        session = await find_session(request)
    except Unauthorized:
        return response
    if session is None:
        return response
    await house.sessions.end(session, house.floors.clock())
    if session.way is Way.OPENID and house.provider is not None:
        goodbye = await house.provider.goodbye(f"{public_url(request)}/sign-in")
        if goodbye is not None:
            # A page, since our forms may not lead to another site, not even by a redirect.
            response = page(request, "onward.html", way=goodbye, leaving=True)
            take_back(response, request)
    return response


def sign_in_page(
    request: Request, house: House, status: int = 200, problem: str = "", *, next_: str = "", by_key: bool = False
) -> Response:
    provider = None if house.provider is None else house.provider.name
    return page(request, "sign_in.html", status, next=next_, problem=problem, by_key=by_key, provider=provider)


def first_page(staff: Staff) -> str:
    if staff.may(Right.READ_REPORTS, None):
        return "/office"
    if not staff.may_somewhere(Right.SERVE):
        return "/account" if staff.account else "/"
    branches = {grant.branch for grant in staff.grants if grant.gives(Right.SERVE)}
    only = branches.pop() if len(branches) == 1 else None
    return f"/counter/{only}" if only else "/counter"


def local(address: str) -> str:
    """Only a path of ours: a sign-in must not send anybody elsewhere."""
    parts = urlsplit(address.replace("\\", "/"))
    is_ours = address.startswith("/") and not address.startswith("//") and not parts.scheme and not parts.netloc
    return address if is_ours and address.isprintable() else ""
