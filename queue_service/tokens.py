"""Tokens: the holder's capability, derived and never stored, so that no leaked backup opens anybody's page."""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from queue_service.secrets import Secrets

_MAC_BYTES = 16  # 128 bits
_FIRST_DAY = date(2020, 1, 1)
LONGEST = 128  # characters


@dataclass(frozen=True, slots=True)
class TicketName:
    """Which ticket a token is for."""

    branch: str
    day: date
    label: str


class Tokens:
    """MAC ‖ days since 2020, two bytes ‖ branch/label; URL-safe base64 without padding."""

    def __init__(self, secrets: Secrets, purpose: str = "token") -> None:
        self._secrets = secrets
        self._purpose = purpose

    def token_of(self, name: TicketName) -> str:
        days = (name.day - _FIRST_DAY).days
        payload = days.to_bytes(2, "big") + f"{name.branch}/{name.label}".encode()
        mac = self._secrets.digest_of((name.branch, name.day), self._purpose, payload)[:_MAC_BYTES]
        return urlsafe_b64encode(mac + payload).rstrip(b"=").decode()

    def read(self, token: str) -> TicketName | None:
        """None for whatever we did not make."""
        if len(token) > LONGEST or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        name = _name_in(payload)
        if name is None or not any(hmac.compare_digest(mac, good[:_MAC_BYTES]) for good in self._macs(name, payload)):
            return None
        if urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
            return None  # base64 has several spellings of the same bytes; only ours is a token
        return name

    def _macs(self, name: TicketName, payload: bytes) -> Iterator[bytes]:
        yield from self._secrets.digests_of((name.branch, name.day), self._purpose, payload)
        yield from self._secrets.digests(self._purpose, payload)  # of before each day had keys of its own


def _name_in(payload: bytes) -> TicketName | None:
    """As it says; nobody has vouched for it yet."""
    try:
        branch, _, label = payload[2:].decode().partition("/")
        return TicketName(branch, _FIRST_DAY + timedelta(days=int.from_bytes(payload[:2], "big")), label)
    except UnicodeDecodeError:
        return None
