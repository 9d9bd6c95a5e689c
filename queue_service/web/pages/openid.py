"""Signing in by an OpenID Connect provider, as a browser sees it."""

from __future__ import annotations

import hmac
import logging
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter
from sqlalchemy import Connection, select
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from queue_service.domain.errors import NotFound, Refusal
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.staff.changes import link_openid
from queue_service.records.staff.sessions import Way
from queue_service.records.staff.tables import accounts
from queue_service.web.errors import TooMany, Unauthorized
from queue_service.web.house import House, TheHouse
from queue_service.web.limits import SIGN_INS
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.sign_in import first_page, local, sign_in_page
from queue_service.web.problems import status_of
from queue_service.web.providers import Attempt, Person, ProviderFault, challenge_bytes
from queue_service.web.proxies import address_of, is_secure, public_url
from queue_service.web.signing_in import UNKNOWN, note_refusal, sign_in_as
from queue_service.web.staff import hand_out

if TYPE_CHECKING:
    from queue_service.web.openid import Provider

log = logging.getLogger("antrean.openid")

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ATTEMPT = timedelta(minutes=10)
_COOKIE = "antrean_openid"


@router.get("/.well-known/jwks.json")
async def show_keys(house: TheHouse) -> Response:
    """By which a provider knows that it is we who ask."""
    return JSONResponse({"keys": _provider(house).published_keys()}, headers={"Cache-Control": "public, max-age=300"})


@router.get("/sign-in/openid")
async def leave_for_provider(request: Request, house: TheHouse, next: str = "") -> Response:  # noqa: A002 - the field's name
    provider = _provider(house)
    chance = secrets.token_hex(32)
    path = urlsafe_b64encode(local(next).encode()).decode()
    body = f"{chance}.{to_ms(house.floors.clock())}.{path}"
    try:
        await house.limits.check(SIGN_INS, "sign-in", address_of(request))
        response = RedirectResponse(await provider.address(_attempt(house, chance), _back(request)), 303)
    except (ProviderFault, TooMany) as fault:
        return await _refuse(request, house, fault)
    # Lax, since the browser comes back from another site; it opens nothing by itself.
    response.set_cookie(
        _cookie_name(request),
        f"{body}.{house.secrets.digest('openid', body.encode()).hex()}",
        max_age=int(ATTEMPT.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=is_secure(request),
    )
    return response


@router.get("/sign-in/openid/callback")
async def come_back(request: Request, house: TheHouse) -> Response:
    """Answers with a page that goes on by itself: a session's cookie is for our own pages only, and a browser that is
    redirected here still counts as coming from the provider's."""
    provider = _provider(house)
    try:
        chance, path = _read_cookie(request, house)
        person = await _person(request, house, _attempt(house, chance))
        account = await house.database.write(lambda connection: _account_of(connection, person, house))
    except (ProviderFault, Unauthorized) as fault:
        response = await _refuse(request, house, fault)
    else:
        if account is None:
            response = await _refuse(
                request,
                house,
                Unauthorized(
                    "No account here is yours. An administrator can enter how {provider} calls you.",
                    provider=provider.name,
                ),
            )
        else:
            cookie = await sign_in_as(request, account, Way.OPENID)
            session = await house.sessions.find(cookie, house.floors.clock())
            way = path or (first_page(session.staff) if session else "/sign-in")
            response = page(request, "onward.html", way=way, leaving=False)
            hand_out(response, request, cookie)
    response.delete_cookie(_cookie_name(request), httponly=True, samesite="lax", secure=is_secure(request))
    return response


def _provider(house: House) -> Provider:
    if house.provider is None:
        raise NotFound("There is nothing at this address.")
    return house.provider


def _attempt(house: House, chance: str) -> Attempt:
    """All of it follows from what the browser keeps to itself, so there is nothing to keep here."""
    made = {what: house.secrets.digest(f"openid {what}", chance.encode()) for what in ("state", "nonce", "verifier")}
    return Attempt(**{what: challenge_bytes(digest) for what, digest in made.items()})


def _read_cookie(request: Request, house: House) -> tuple[str, str]:
    """Raises Unauthorized."""
    body, _, mac = request.cookies.get(_cookie_name(request), "").rpartition(".")
    good = any(
        hmac.compare_digest(digest.hex().encode(), mac.encode())
        for digest in house.secrets.digests("openid", body.encode())
    )
    if not good:
        raise _not_begun_here()
    chance, at, path = body.split(".")
    if from_ms(int(at)) + ATTEMPT <= house.floors.clock():
        raise _not_begun_here()
    return chance, local(urlsafe_b64decode(path).decode())


def _not_begun_here() -> Unauthorized:
    return Unauthorized("This sign-in was not begun in this browser, or took too long. Please try again.")


async def _person(request: Request, house: House, attempt: Attempt) -> Person:
    told = request.query_params
    if not hmac.compare_digest(told.get("state", "").encode(), attempt.state.encode()):
        raise _not_begun_here()
    provider = _provider(house)
    if told.get("iss", provider.issuer) != provider.issuer:
        raise ProviderFault("The answer is another provider's.")
    if "code" not in told:
        log.warning("The sign-in provider let nobody in: %.100s", told.get("error", "no reason given"))
        raise Unauthorized("The sign-in was not finished. Please try again.")
    return await provider.person(told["code"], attempt, _back(request))


def _account_of(connection: Connection, person: Person, house: House) -> str | None:
    """Whose subject this is; at the first time whom an administrator has allowed by name. Nobody is ever added."""
    linked = (accounts.c.openid_issuer == person.issuer) & (accounts.c.openid_subject == person.subject)
    row = connection.execute(select(accounts).where(linked)).one_or_none()
    if row is None:
        named = accounts.c.openid_name.in_(person.names) & accounts.c.openid_subject.is_(None)
        found = connection.execute(select(accounts).where(named)).all()
        if len(found) != 1 or found[0].disabled_ms is not None:
            return None
        row = found[0]
        link_openid(connection, row.id, person.issuer, person.subject, house.floors.clock())
    return None if row.disabled_ms is not None else str(row.id)


async def _refuse(request: Request, house: House, fault: ProviderFault | Refusal) -> Response:
    if isinstance(fault, TooMany):
        return sign_in_page(request, house, status_of(fault), said(request, fault))
    await note_refusal(request, Way.OPENID, UNKNOWN)
    if isinstance(fault, ProviderFault):
        log.warning("Signing in by the provider failed: %s", fault)
        fault = Unauthorized(
            "Signing in by {provider} failed; it was noted why. Please try again, or another way.",
            provider=_provider(house).name,
        )
    return sign_in_page(request, house, status_of(fault), said(request, fault))


def _back(request: Request) -> str:
    return f"{public_url(request)}/sign-in/openid/callback"


def _cookie_name(request: Request) -> str:
    return f"__Host-{_COOKIE}" if is_secure(request) else _COOKIE
