"""The audit trail: what staff and commands did beside the floor, whose own record is the journal."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import ColumnElement, Connection, insert, select

from queue_service.domain.events import from_ms, to_ms
from queue_service.records.tables import audit

# Tells apart what is done in one millisecond: a set-up may do thousands of things. Where each process begins is chance,
# since a restore would not know where a count goes on.
_turns = count(secrets.randbits(20))


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
            id=to_ms(at) << 20 | next(_turns) % (1 << 20),
            by=deed.by,
            branch=deed.branch,
            what=deed.what,
            subject=deed.subject,
            detail=json.dumps(deed.detail or {}, ensure_ascii=False),
        )
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Empty: whatever. `by`: who did it, or to whom; `what` begins so. `branches`: only of these. `before`:
    only what is older than this id."""

    by: str = ""
    what: str = ""
    branches: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


def read_audit(
    connection: Connection, before: int | None = None, limit: int = 100, asked: Asked | None = None
) -> list[Audited]:
    """The newest first; `before`: older than the one with this id."""
    found = select(audit).order_by(audit.c.id.desc()).limit(limit).where(*_conditions(asked or Asked(before=before)))
    return [
        Audited(row.id, from_ms(row.id >> 20), Deed(row.by, row.what, row.subject, row.branch, json.loads(row.detail)))
        for row in connection.execute(found)
    ]


def _conditions(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.by:
        yield audit.c.by.contains(asked.by, autoescape=True) | audit.c.subject.contains(asked.by, autoescape=True)
    if asked.what:
        yield audit.c.what.startswith(asked.what, autoescape=True)
    if asked.branches is not None:
        yield audit.c.branch.in_(asked.branches)
    if asked.since is not None:
        yield audit.c.id >= to_ms(asked.since) << 20
    if asked.until is not None:
        yield audit.c.id < to_ms(asked.until) << 20
    if asked.before is not None:
        yield audit.c.id < asked.before
