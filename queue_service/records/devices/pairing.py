"""Codes: a screen shows one, and whoever stands before it and may accept screens types it elsewhere.

A code is worth something for ten minutes and once. The screen's own secret, with which it asks what became of the code
and by which it is known ever after, is never shown to anybody.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, func, insert, select

from queue_service.domain.errors import Refused
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.devices.tables import waiting_screens

# No letter or digit that is taken for another one at ten metres, and no vowel: so no code is a word.
ALPHABET = "CDFHJKMNPQRTVWXY3479"
CODE_LENGTH = 6  # 64 million of them
VALID = timedelta(minutes=10)
MOST_WAITING = 500


class TooManyScreens(Refused):
    code = "too_many_screens"


@dataclass(frozen=True, slots=True)
class Asked:
    """From where a code was asked for: so that nobody accepts a screen that stands somewhere else."""

    address: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """`cookie`: what the screen is known by from now on."""

    code: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Waiting:
    id: str
    digest: str
    asked: Asked
    at: datetime


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def read_code(typed: str) -> str:
    """As it is typed on a phone: small letters, and a gap or a hyphen in the middle."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[: CODE_LENGTH + 1]


def put_waiting(connection: Connection, waiting: Waiting, code: str) -> None:
    """In the place of what the same screen waited with before. Raises TooManyScreens."""
    worthless = (waiting_screens.c.asked_ms <= to_ms(waiting.at - VALID)) | (waiting_screens.c.id == waiting.id)
    connection.execute(delete(waiting_screens).where(worthless))
    if connection.execute(select(func.count()).select_from(waiting_screens)).scalar_one() >= MOST_WAITING:
        raise TooManyScreens("Too many screens are waiting to be accepted. Please try again in some minutes.")
    connection.execute(
        insert(waiting_screens).values(
            id=waiting.id,
            digest=waiting.digest,
            code=code,
            asked=json.dumps(asdict(waiting.asked)),
            asked_ms=to_ms(waiting.at),
        )
    )


def find_waiting(connection: Connection, screen_id: str) -> Waiting | None:
    return _waiting(connection.execute(select(waiting_screens).where(waiting_screens.c.id == screen_id)).first())


def find_by_code(connection: Connection, codes: list[str], now: datetime) -> Waiting | None:
    found = select(waiting_screens).where(
        waiting_screens.c.code.in_(codes), waiting_screens.c.asked_ms > to_ms(now - VALID)
    )
    return _waiting(connection.execute(found).first())


def take(connection: Connection, waiting: Waiting) -> bool:
    """Of two who accept the same screen at once, one hears True."""
    mine = delete(waiting_screens).where(
        waiting_screens.c.id == waiting.id, waiting_screens.c.asked_ms == to_ms(waiting.at)
    )
    return connection.execute(mine).rowcount == 1


def _waiting(row: Row[tuple[object, ...]] | None) -> Waiting | None:
    if row is None:
        return None
    return Waiting(row.id, row.digest, Asked(**json.loads(row.asked)), from_ms(row.asked_ms))
