"""Signing in: slowed down, noted in the audit trail, and always into a session of a new id."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row
from starlette.requests import Request

from queue_service.domain.events import from_ms
from queue_service.records.audit import Deed, note
from queue_service.records.staff.accounts import find_account
from queue_service.records.staff.changes import confirm_password
from queue_service.records.staff.sessions import NewRow, Session, Way, begin_session
from queue_service.web.errors import Unauthorized
from queue_service.web.house import House, house_of
from queue_service.web.limits import SIGN_INS, SIGN_INS_TO_ONE
from queue_service.web.proxies import address_of
from queue_service.web.staff import cookie_name

log = logging.getLogger("antrean.staff")

LONGEST_LOGIN = 64
UNKNOWN = "unknown"  # who it was, where it was nobody

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "CrOS", "Linux", "Mac")


async def sign_in_by_password(request: Request, login: str, password: str) -> str:
    """The cookie. Raises TooMany, and Unauthorized in the same words and after the same time for whatever is wrong."""
    house, now = house_of(request), house_of(request).floors.clock()
    login = login.strip().casefold()[: LONGEST_LOGIN + 1]
    # By a digest: what was typed here by mistake may be a password.
    whose = house.secrets.digest("sign-in", login.encode()).hex()[:16]
    await house.limits.check(SIGN_INS, "sign-in", address_of(request))
    await house.limits.check(SIGN_INS_TO_ONE, "sign-in-to", f"{address_of(request)} {whose}")
    row = await house.database.read(lambda connection: find_account(connection, login))
    kept = row.password if row is not None and _may_use(row, house) else None
    verdict = await house.passwords.verify(kept, password)
    if row is None or not verdict.is_right:
        await note_refusal(request, Way.PASSWORD, UNKNOWN if row is None else row.id)
        raise Unauthorized("This login and password do not belong together.")
    fresh = await house.passwords.hash(password) if verdict.is_outdated else None
    session = house.sessions.new(now, Way.PASSWORD, device_of(request), account=row.id)

    def write(connection: Connection) -> None:
        if not confirm_password(connection, row.id, row.password, fresh or row.password):
            raise Unauthorized("This login and password do not belong together.")
        _begin(connection, session, f"clerk:{row.id}", row.id)

    return await _signed_in(request, session, write)


def _may_use(row: Row[Any], house: House) -> bool:
    is_late = row.once_until_ms is not None and from_ms(row.once_until_ms) <= house.floors.clock()
    return row.disabled_ms is None and not is_late


async def sign_in_by_key(request: Request, key: str) -> str:
    """The cookie. Raises TooMany, Unauthorized."""
    house, now = house_of(request), house_of(request).floors.clock()
    await house.limits.check(SIGN_INS, "sign-in", address_of(request))
    known = await house.keys.find(key.strip(), now)
    if known is None:
        await note_refusal(request, Way.KEY, UNKNOWN)
        raise Unauthorized("This key is not valid.")
    session = house.sessions.new(now, Way.KEY, device_of(request), key=known.id)
    return await _signed_in(
        request, session, lambda connection: _begin(connection, session, str(known.staff), known.id)
    )


async def sign_in_as(request: Request, account: str, way: Way) -> str:
    """For who has shown some other way to be the owner of this account."""
    house = house_of(request)
    session = house.sessions.new(house.floors.clock(), way, device_of(request), account=account)
    return await _signed_in(
        request, session, lambda connection: _begin(connection, session, f"clerk:{account}", account)
    )


def _begin(connection: Connection, session: NewRow, by: str, subject: str) -> None:
    begin_session(connection, session)
    note(connection, Deed(by, "sign-in", subject, detail={"way": session["way"]}), from_ms(session["begun_ms"]))


async def _signed_in(request: Request, session: NewRow, write: Callable[[Connection], None]) -> str:
    house = house_of(request)
    await house.database.write(write)
    await end_presented(request)
    log.info("Signed in by %s from %s: %s", session["way"], address_of(request), session["account"] or session["key"])
    return house.sessions.cookie_of(session["id"])


async def end_presented(request: Request) -> Session | None:
    """The session that the request came with, if it is one."""
    house = house_of(request)
    session = await house.sessions.find(request.cookies.get(cookie_name(request), ""), house.floors.clock())
    if session is not None:
        await house.sessions.end(session, house.floors.clock())
    return session


async def note_refusal(request: Request, way: Way, subject: str) -> None:
    """Never what was typed: a password slips into the field of the login easily."""
    house, now = house_of(request), house_of(request).floors.clock()
    deed = Deed(UNKNOWN, "sign-in.refused", subject, detail={"way": way.value})
    await house.database.write(lambda connection: note(connection, deed, now))
    log.warning("A sign-in by %s from %s was refused: %s", way.value, address_of(request), subject)


def device_of(request: Request) -> str:
    """By which its owner knows a session again, and no more of it than that: Firefox, Windows."""
    told = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in told), None)
    system = next((name for name in _SYSTEMS if re.search(rf"\b{name}", told)), None)
    return ", ".join(word for word in (browser, system) if word) or "?"
