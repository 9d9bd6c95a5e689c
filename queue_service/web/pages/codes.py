"""How somebody with an appointment shows which it is: a QR code to be scanned, or a short code to be typed."""

from __future__ import annotations

import hmac
import re

import segno
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from markupsafe import Markup

from queue_service.domain.errors import NotFound
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import label_of
from queue_service.secrets import Secrets
from queue_service.tokens import TicketName
from queue_service.web.holders import held_by
from queue_service.web.house import House

# Whoever guesses meets one in a million, so seldom that a day of it finds nothing.
TRIES: RateLimitItem = RateLimitItemPerMinute(30)  # from one device
TRIES_OF_ONE: RateLimitItem = RateLimitItemPerHour(10)  # for one number, from wherever

_DIGITS = 6
_TYPED = re.compile(rf"([A-Z]{{1,3}})([0-9]{{1,6}}?)([0-9]{{{_DIGITS}}})")
_SCANNED = re.compile(r"/t/([A-Za-z0-9_-]+)")


def qr_of(address: str) -> Markup:
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=1, omitsize=True, svgclass=None, lineclass=None))  # noqa: S704 - drawn here, from an address that is only encoded in it


def code_of(secrets: Secrets, name: TicketName) -> str:
    """The number, and digits that nobody else knows: A-012-483920."""
    return f"{name.label}-{_digits(secrets.digest_of((name.branch, name.day), 'code', _words(name)))}"


def _words(name: TicketName) -> bytes:
    return f"{name.branch}/{name.day.isoformat()}/{name.label}".encode()


def _digits(digest: bytes) -> str:
    return f"{int.from_bytes(digest[:8], 'big') % 10**_DIGITS:0{_DIGITS}d}"


async def ticket_shown(house: House, branch: str, shown: str, address: str) -> tuple[TicketName, Floor]:
    """What was scanned or typed at this branch today. Raises NotFound or TooMany."""
    await house.limits.check(TRIES, "code", address)
    if scanned := _SCANNED.search(shown):
        name, floor = await held_by(house, scanned[1])
        if name.branch != branch:
            at = floor.branch.name.id
            raise NotFound("This appointment is at {branch}.", branch=at)
        return name, floor
    typed = _TYPED.fullmatch(re.sub(r"[^A-Z0-9]", "", shown.upper()))
    floor = await house.floors.get_today(branch)
    if typed is not None:
        name = TicketName(branch, floor.day, label_of(typed[1], int(typed[2])))
        await house.limits.check(TRIES_OF_ONE, "code", f"{branch}/{floor.day}/{name.label}")
        good = [_digits(digest) for digest in house.secrets.digests_of((branch, floor.day), "code", _words(name))]
        if any(hmac.compare_digest(typed[3], one) for one in good):
            floor = await house.floors.get((branch, floor.day), name.label)
            if name.label in floor.tickets:
                return name, floor
    raise NotFound("This code is not known here today. Please look at it again.")
