"""Keys of staff: shown once when they are made, kept as a keyed hash, checked from memory."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from queue_service.database import Database
from queue_service.domain.events import to_ms
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant, Staff
from queue_service.records.tables import keys
from queue_service.secrets import Secrets

PREFIX = "antrean"


@dataclass(frozen=True, slots=True)
class KnownKey:
    staff: Staff
    digest: bytes  # of its secret part


class Keys:
    def __init__(self, database: Database, secret: Secrets) -> None:
        self._database = database
        self._secrets = secret
        self._known: dict[str, KnownKey] = {}

    async def create(self, role: Role, branch: str | None, now: datetime) -> str:
        """The key itself: this is the only time that anybody sees it."""
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(24)
        digest = self._secrets.digest("key", secret.encode()).hex()
        row = {"id": key_id, "role": role.value, "branch": branch, "digest": digest, "created_ms": to_ms(now)}
        await self._database.write(lambda connection: connection.execute(insert(keys).values(**row)))
        return f"{PREFIX}_{key_id}_{secret}"

    async def revoke(self, key_id: str, now: datetime) -> bool:
        revoked = update(keys).where(keys.c.id == key_id, keys.c.revoked_ms.is_(None)).values(revoked_ms=to_ms(now))
        return await self._database.write(lambda connection: connection.execute(revoked).rowcount) == 1

    async def refresh(self) -> None:
        """Raises Unavailable."""
        valid = select(keys).where(keys.c.revoked_ms.is_(None))
        rows = await self._database.read(lambda connection: connection.execute(valid).all())
        self._known = {row.id: KnownKey(_staff(row), bytes.fromhex(row.digest)) for row in rows}

    async def find(self, key: str) -> Staff | None:
        """Whose key this is; one that was made a moment ago is looked for in the database."""
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not key_id or not secret or not key.isascii():
            return None
        if key_id not in self._known:
            await self.refresh()
        known = self._known.get(key_id)
        return known.staff if known is not None and self._is_of(known, secret) else None

    def holder(self, key_id: str) -> Staff | None:
        known = self._known.get(key_id)
        return None if known is None else known.staff

    def _is_of(self, known: KnownKey, secret: str) -> bool:
        return any(hmac.compare_digest(known.digest, mine) for mine in self._secrets.digests("key", secret.encode()))


def _staff(row: Row[Any]) -> Staff:
    return Staff(f"{row.role}:{row.id}", (Grant(Role(row.role), row.branch),))
