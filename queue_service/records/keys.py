"""Keys of staff: shown once when they are made, kept as a keyed hash, checked from memory."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from queue_service.database import Unavailable
from queue_service.domain.events import to_ms
from queue_service.records.tables import keys
from queue_service.secrets import Secrets

PREFIX = "antrean"


class Role(StrEnum):
    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"

    def includes(self, other: Role) -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True)
class Staff:
    """Who holds a key. `branch` None: all branches."""

    key_id: str
    role: Role
    branch: str | None

    def __str__(self) -> str:
        return f"{self.role}:{self.key_id}"

    def may(self, role: Role, branch: str) -> bool:
        return self.role.includes(role) and self.branch in (None, branch)


class Keys:
    def __init__(self, engine: AsyncEngine, secret: Secrets) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._secrets = secret
        self._rows: dict[str, Row[tuple[str, str, str | None, str, int, int | None]]] = {}

    async def create(self, role: Role, branch: str | None, now: datetime) -> str:
        """The key itself: this is the only time that anybody sees it."""
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(24)
        digest = self._secrets.digest("key", secret.encode()).hex()
        row = {"id": key_id, "role": role.value, "branch": branch, "digest": digest, "created_ms": to_ms(now)}
        async with self._engine.begin() as connection:
            await connection.execute(insert(keys).values(**row))
        return f"{PREFIX}_{key_id}_{secret}"

    async def revoke(self, key_id: str, now: datetime) -> bool:
        statement = update(keys).where(keys.c.id == key_id, keys.c.revoked_ms.is_(None))
        async with self._engine.begin() as connection:
            return (await connection.execute(statement.values(revoked_ms=to_ms(now)))).rowcount == 1

    async def refresh(self) -> None:
        """Raises Unavailable."""
        try:
            async with self._reading.connect() as connection:
                rows = (await connection.execute(select(keys).where(keys.c.revoked_ms.is_(None)))).all()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable(str(error)) from error
        self._rows = {row.id: row for row in rows}

    async def find(self, key: str) -> Staff | None:
        """Whose key this is; one that was made a moment ago is looked for in the database."""
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not key_id or not secret or not key.isascii():
            return None
        if key_id not in self._rows:
            await self.refresh()
        row = self._rows.get(key_id)
        if row is None or not self._matches(row.digest, secret):
            return None
        return self.holder(key_id)

    def holder(self, key_id: str) -> Staff | None:
        row = self._rows.get(key_id)
        return None if row is None else Staff(row.id, Role(row.role), row.branch)

    def _matches(self, digest: str, secret: str) -> bool:
        known = bytes.fromhex(digest)
        return any(hmac.compare_digest(known, mine) for mine in self._secrets.digests("key", secret.encode()))
