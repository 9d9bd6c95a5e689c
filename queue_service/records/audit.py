"""The audit trail: what staff and commands did beside the floor, whose own record is the journal."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from queue_service.domain.events import from_ms, to_ms
from queue_service.records.tables import audit


@dataclass(frozen=True, slots=True)
class Deed:
    """`what` is a dotted name such as `person.revealed`; `subject` an id, never anything that a person would mind.

    `detail` holds reasons and numbers, and no personal data either.
    """

    by: str
    what: str
    subject: str
    branch: str | None = None
    detail: dict[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Audited:
    id: int  # rises with the time
    at: datetime
    deed: Deed


def note(connection: Connection, deed: Deed, at: datetime) -> None:
    """To be called within the transaction that does it: neither is there without the other."""
    connection.execute(
        insert(audit).values(
            id=to_ms(at) << 20 | secrets.randbits(20),  # a restore would not know where a counted one goes on
            by=deed.by,
            branch=deed.branch,
            what=deed.what,
            subject=deed.subject,
            detail=json.dumps(deed.detail or {}, ensure_ascii=False),
        )
    )


def read_audit(connection: Connection, before: int | None = None, limit: int = 100) -> list[Audited]:
    """The newest first; `before`: older than the one with this id."""
    found = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        found = found.where(audit.c.id < before)
    return [
        Audited(row.id, from_ms(row.id >> 20), Deed(row.by, row.what, row.subject, row.branch, json.loads(row.detail)))
        for row in connection.execute(found)
    ]
