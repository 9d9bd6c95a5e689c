"""Who is asking: a bearer key, or the console's session cookie with its CSRF header."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from queue_service.domain.events import from_ms, to_ms
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.secrets import Secrets
from queue_service.web.errors import Forbidden, Unauthorized
from queue_service.web.house import House, house_of

COOKIE = "antrean_session"
CSRF_HEADER = "X-CSRF-Token"
SESSION = timedelta(hours=12)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def open_session(secrets: Secrets, staff: Staff, now: datetime) -> str:
    """The cookie's value."""
    body = f"{staff.id.partition(':')[2]}.{to_ms(now + SESSION)}"
    return f"{body}.{secrets.digest('session', body.encode()).hex()}"


def read_session(house: House, value: str) -> Staff | None:
    body, _, mac = value.rpartition(".")
    if not any(_same(good.hex(), mac) for good in house.secrets.digests("session", body.encode())):
        return None
    key_id, _, until = body.partition(".")
    return house.keys.holder(key_id) if from_ms(int(until)) > house.floors.clock() else None


def csrf_token(secrets: Secrets, session: str) -> str:
    return secrets.digest("csrf", session.encode()).hex()


async def find_staff(request: Request) -> Staff | None:
    """Raises Unauthorized for credentials that are wrong; None when there are none."""
    house = house_of(request)
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        staff = await house.keys.find(key.strip()) if scheme.lower() == "bearer" else None
        if staff is None:
            raise Unauthorized("This key is not valid.")
        return staff
    session = request.cookies.get(COOKIE)
    if session is None:
        return None
    staff = read_session(house, session)
    if staff is None:
        raise Unauthorized("The session is over. Please sign in again.")
    if request.method not in _SAFE and not _has_csrf_token(house.secrets, request, session):
        raise Forbidden("The request did not come from our own page.")
    return staff


def _has_csrf_token(secrets: Secrets, request: Request, session: str) -> bool:
    return _same(csrf_token(secrets, session), request.headers.get(CSRF_HEADER, ""))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


async def staff_with(right: Right, request: Request, branch: str | None) -> Staff:
    """`branch` None: for what is not of one branch. Raises Unauthorized or Forbidden."""
    staff = await find_staff(request)
    if staff is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    if not staff.may(right, branch):
        raise Forbidden("This key is not for this branch, or not for this.")
    return staff


def member_with(right: Right) -> Callable[[Request, str], Awaitable[Staff]]:
    """A dependency: who has this right at the branch in the address."""

    async def member(request: Request, branch: str) -> Staff:
        return await staff_with(right, request, branch)

    return member


Clerk = Annotated[Staff, Depends(member_with(Right.SERVE))]
CounterReader = Annotated[Staff, Depends(member_with(Right.READ_COUNTERS))]
