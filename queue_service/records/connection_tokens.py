"""Tokens that we give to other systems: random, known by a digest only, and good for a while."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from queue_service.domain.events import to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.tables import connection_tokens

GOOD_FOR = timedelta(hours=1)
REVOKED = "connection_tokens.revoked"


def give_token(connection: Connection, name: str, account: str, now: datetime) -> str:
    """`account`: what it was given for. It is good only with the same again: whoever changes the password ends it."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(connection_tokens).where(connection_tokens.c.until_ms < to_ms(now)))
    row = {"digest": _digest(token, account), "connection": name, "until_ms": to_ms(now + GOOD_FOR)}
    connection.execute(insert(connection_tokens).values(row))
    return token


def is_token(connection: Connection, name: str, account: str, token: str, now: datetime) -> bool:
    known = select(connection_tokens).where(connection_tokens.c.digest == _digest(token, account))
    row = connection.execute(known).one_or_none()
    return row is not None and row.connection == name and row.until_ms > to_ms(now)


def revoke_tokens(connection: Connection, name: str, by: str, now: datetime) -> int:
    """All of a connection; how many there were."""
    count = connection.execute(delete(connection_tokens).where(connection_tokens.c.connection == name)).rowcount
    note(connection, Deed(by, REVOKED, name, None, {"tokens": count}), now)
    return count


def _digest(token: str, account: str) -> str:
    return hashlib.sha256(f"{account}\0{token}".encode(errors="surrogateescape")).hexdigest()
