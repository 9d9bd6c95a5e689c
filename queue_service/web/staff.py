"""Who is asking: a bearer key, or a session by its cookie, which changes nothing without its CSRF token."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.records.staff.sessions import LONGEST, Session
from queue_service.secrets import Secrets
from queue_service.web.errors import Forbidden, PasswordNeeded, Unauthorized
from queue_service.web.fields import read_form
from queue_service.web.house import house_of
from queue_service.web.proxies import is_secure

log = logging.getLogger("antrean.staff")

COOKIE = "antrean_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_FILES = "multipart/form-data"


def cookie_name(request: Request) -> str:
    """A browser takes one with this prefix from the very host only, by TLS."""
    return f"__Host-{COOKIE}" if is_secure(request) else COOKIE


def hand_out(response: Response, request: Request, cookie: str) -> None:
    seconds = int(LONGEST.total_seconds())
    secure = is_secure(request)
    response.set_cookie(cookie_name(request), cookie, max_age=seconds, httponly=True, samesite="strict", secure=secure)


def take_back(response: Response, request: Request) -> None:
    response.delete_cookie(cookie_name(request), httponly=True, samesite="strict", secure=is_secure(request))


def csrf_token(secrets: Secrets, cookie: str) -> str:
    return secrets.digest("csrf", cookie.encode()).hex()


def csrf_of(request: Request) -> str:
    """For the forms of a page."""
    return csrf_token(house_of(request).secrets, request.cookies.get(cookie_name(request), ""))


async def find_staff(request: Request) -> Staff | None:
    """Raises Unauthorized for credentials that are wrong; None when there are none."""
    house = house_of(request)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        known = await house.keys.find(key.strip(), house.floors.clock()) if scheme.lower() == "bearer" else None
        if known is None:
            raise Unauthorized("This key is not valid.")
        return known.staff
    session = await find_session(request)
    if session is not None and session.needs_password:
        raise PasswordNeeded("Please choose a password of your own first.")
    return None if session is None else session.staff


async def find_session(request: Request) -> Session | None:
    """Also one that may only choose a password. Raises Unauthorized for one that is over, Forbidden for what did not
    come from a page of it."""
    house = house_of(request)
    cookie = request.cookies.get(cookie_name(request))
    if cookie is None:
        return None
    session = await house.sessions.find(cookie, house.floors.clock())
    if session is None:
        raise Unauthorized("The session is over. Please sign in again.")
    if request.method not in _SAFE and not _same(csrf_token(house.secrets, cookie), await _csrf_told(request)):
        raise Forbidden("The request did not come from our own page.")
    return session


async def _csrf_told(request: Request) -> str:
    told = request.headers.get(CSRF_HEADER)
    if told is None and request.headers.get("Content-Type", "").startswith(_FORM):
        told = (await read_form(request)).get(CSRF_FIELD)
    elif told is None and request.headers.get("Content-Type", "").startswith(_FILES):
        sent = (await request.form(max_files=1, max_fields=20)).get(CSRF_FIELD)
        told = sent if isinstance(sent, str) else None
    return told or ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


async def staff_with(right: Right, request: Request, branch: str | None) -> Staff:
    """`branch` None: for what is not of one branch. Raises Unauthorized or Forbidden."""
    staff = await find_staff(request)
    if staff is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    if not staff.may(right, branch):
        known = branch if branch in house_of(request).branches.all else "elsewhere"
        log.warning("%s was refused %s at %s", staff, right.value, known)
        raise Forbidden("You may not do this here. An administrator can say who may.")
    return staff


async def staff_with_some(right: Right, request: Request) -> Staff:
    """For pages that show each what they may see. Raises Unauthorized or Forbidden."""
    staff = await find_staff(request)
    if staff is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    if not staff.may_somewhere(right):
        raise Forbidden("You may not do this here. An administrator can say who may.")
    return staff


def somebody_with(right: Right) -> Callable[[Request], Awaitable[Staff]]:
    """A dependency: as `staff_with_some`."""

    async def somebody(request: Request) -> Staff:
        return await staff_with_some(right, request)

    return somebody


def check_may(staff: Staff, right: Right, branch: str | None) -> None:
    """Raises Forbidden."""
    if not staff.may(right, branch):
        raise Forbidden("You may not do this here. An administrator can say who may.")


def check_giving(staff: Staff, rights: Iterable[Right], branch: str | None) -> None:
    """Nobody hands on what they may not do themselves. Raises Forbidden."""
    for right in rights:
        check_may(staff, right, branch)


def member_with(right: Right) -> Callable[[Request, str], Awaitable[Staff]]:
    """A dependency: who has this right at the branch in the address."""

    async def member(request: Request, branch: str) -> Staff:
        return await staff_with(right, request, branch)

    return member


Clerk = Annotated[Staff, Depends(member_with(Right.SERVE))]
CounterReader = Annotated[Staff, Depends(member_with(Right.READ_COUNTERS))]
