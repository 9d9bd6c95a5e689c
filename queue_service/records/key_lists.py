"""All keys that there ever were, for those who look after them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from queue_service.domain.events import from_ms
from queue_service.records.roles import Role
from queue_service.records.tables import keys


@dataclass(frozen=True, slots=True)
class ListedKey:
    """`branch` None: for all branches."""

    id: str
    role: Role
    branch: str | None
    name: str | None
    created_at: datetime
    revoked_at: datetime | None
    expires_at: datetime | None
    scopes: tuple[str, ...]  # none: all that its role may do


def list_keys(connection: Connection) -> list[ListedKey]:
    """Those that hold first, of each the newest first."""
    order = (keys.c.revoked_ms.is_not(None), keys.c.created_ms.desc(), keys.c.id)
    return [
        ListedKey(
            id=row.id,
            role=Role(row.role),
            branch=row.branch,
            name=row.name,
            created_at=from_ms(row.created_ms),
            revoked_at=None if row.revoked_ms is None else from_ms(row.revoked_ms),
            expires_at=None if row.expires_ms is None else from_ms(row.expires_ms),
            scopes=tuple(json.loads(row.scopes)) if row.scopes else (),
        )
        for row in connection.execute(select(keys).order_by(*order))
    ]
