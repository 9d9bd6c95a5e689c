"""Keys of staff: shown once when they are made, kept as a keyed hash, checked from memory."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from queue_service.database import Database
from queue_service.domain.errors import Invalid
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.roles import RIGHTS, Right, Role
from queue_service.records.staff.grants import Grant, Staff
from queue_service.records.tables import keys
from queue_service.secrets import Secrets

PREFIX = "antrean"
COMMAND = "command"  # what the audit trail calls whoever may run one


@dataclass(frozen=True, slots=True)
class KnownKey:
    id: str
    staff: Staff
    digest: bytes  # of its secret part
    name: str | None = None
    expires_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


class Keys:
    def __init__(self, database: Database, secret: Secrets) -> None:
        self._database = database
        self._secrets = secret
        self._known: dict[str, KnownKey] = {}
        self._refreshing = asyncio.Lock()  # else an older reading that took longer could replace a newer one

    @property
    def all(self) -> list[KnownKey]:
        """Those that are not revoked; some may have expired."""
        return list(self._known.values())

    async def create(
        self,
        role: Role,
        branch: str | None,
        now: datetime,
        *,
        name: str | None = None,
        expires_at: datetime | None = None,
        scopes: Iterable[Right] = (),
        by: str = COMMAND,
    ) -> str:
        """The key itself: this is the only time that anybody sees it. Raises Invalid."""
        scopes = check_scopes(role, scopes)
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(24)
        row = {
            "id": key_id,
            "role": role.value,
            "branch": branch,
            "digest": self._secrets.digest("key", secret.encode()).hex(),
            "created_ms": to_ms(now),
            "name": name,
            "expires_ms": None if expires_at is None else to_ms(expires_at),
            "scopes": json.dumps(sorted(scopes)) if scopes else None,
            "version": 1,
        }

        def write(connection: Connection) -> None:
            connection.execute(insert(keys).values(**row))
            note(connection, Deed(by, "key.created", key_id, branch, {"role": role.value}), now)

        await self._database.write(write)
        return f"{PREFIX}_{key_id}_{secret}"

    async def revoke(self, key_id: str, now: datetime, by: str = COMMAND) -> bool:
        """Whether it was valid. This process knows at once, others within two seconds."""

        def write(connection: Connection) -> bool:
            valid = (keys.c.id == key_id) & keys.c.revoked_ms.is_(None)
            values = {"revoked_ms": to_ms(now), "version": keys.c.version + 1}
            if connection.execute(update(keys).where(valid).values(values)).rowcount == 0:
                return False
            note(connection, Deed(by, "key.revoked", key_id), now)
            return True

        is_revoked = await self._database.write(write)
        await self.refresh()
        return is_revoked

    async def refresh(self) -> None:
        """Raises Unavailable."""
        async with self._refreshing:
            self._known = await self._database.read(_read_keys)

    async def find(self, key: str, now: datetime) -> KnownKey | None:
        """One that was made a moment ago is looked for in the database."""
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not key_id or not secret or not key.isascii():
            return None
        if key_id not in self._known:
            await self.refresh()
        known = self.get(key_id, now)
        return known if known is not None and self._is_of(known, secret) else None

    def get(self, key_id: str, now: datetime) -> KnownKey | None:
        known = self._known.get(key_id)
        return known if known is not None and known.is_valid(now) else None

    def _is_of(self, known: KnownKey, secret: str) -> bool:
        return any(hmac.compare_digest(known.digest, mine) for mine in self._secrets.digests("key", secret.encode()))


def check_scopes(role: Role, scopes: Iterable[Right]) -> frozenset[Right]:
    """Raises Invalid."""
    scopes = frozenset(scopes)
    if strange := scopes - RIGHTS[role]:
        raise Invalid("scopes: a key of the role {role} cannot have {scope}.", role=role.value, scope=min(strange))
    if role is Role.INTEGRATION and not scopes:
        raise Invalid("scopes: a key of the role {role} names what it may do, such as queues:read.", role=role.value)
    return scopes


def _read_keys(connection: Connection) -> dict[str, KnownKey]:
    rows = connection.execute(select(keys).where(keys.c.revoked_ms.is_(None)).order_by(keys.c.created_ms)).all()
    return {row.id: _known_key(row) for row in rows}


def _known_key(row: Row[Any]) -> KnownKey:
    # A scope that this version does not know gives nothing.
    scopes = None if row.scopes is None else frozenset(Right) & frozenset(json.loads(row.scopes))
    staff = Staff(f"{row.role}:{row.id}", (Grant(Role(row.role), row.branch),), scopes)
    expires_at = None if row.expires_ms is None else from_ms(row.expires_ms)
    return KnownKey(row.id, staff, bytes.fromhex(row.digest), row.name, expires_at)
