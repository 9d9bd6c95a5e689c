"""The list of breaches: what happened, whom it concerns, and whether they and the authority heard of it in time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from queue_service.domain.events import from_ms, to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.people.tables import breaches

TOLD_WITHIN = timedelta(hours=3 * 24)  # UU 27/2022, article 46


@dataclass(frozen=True, slots=True)
class Breach:
    noticed_at: datetime
    what: str
    fields: str
    persons: int
    people_told_at: datetime | None = None
    authority_told_at: datetime | None = None
    id: str = ""

    @property
    def due_at(self) -> datetime:
        return self.noticed_at + TOLD_WITHIN

    def is_late(self, now: datetime) -> bool:
        """Whether somebody was told after that, or is not told yet though it is past."""
        return max(self.people_told_at or now, self.authority_told_at or now) > self.due_at


def record_breach(connection: Connection, breach: Breach, by: str, now: datetime) -> str:
    """Its id."""
    id_ = secrets.token_hex(4)
    connection.execute(
        insert(breaches).values(
            id=id_,
            noticed_ms=to_ms(breach.noticed_at),
            what=breach.what,
            fields=breach.fields,
            persons=breach.persons,
            people_told_ms=_ms(breach.people_told_at),
            authority_told_ms=_ms(breach.authority_told_at),
            recorded_ms=to_ms(now),
            recorded_by=by,
        )
    )
    note(connection, Deed(by, "breach.recorded", id_, None, {"persons": breach.persons}), now)
    return id_


def note_told(
    connection: Connection, id_: str, people_at: datetime | None, authority_at: datetime | None, by: str, now: datetime
) -> bool:
    """Whether there is such a breach."""
    told = {"people_told_ms": _ms(people_at), "authority_told_ms": _ms(authority_at)}
    values = {name: at for name, at in told.items() if at is not None}
    if not values or not connection.execute(update(breaches).where(breaches.c.id == id_).values(**values)).rowcount:
        return False
    note(connection, Deed(by, "breach.told", id_, None, dict.fromkeys(values, "noted")), now)
    return True


def read_breaches(connection: Connection) -> Iterator[Breach]:
    """The newest first."""
    for row in connection.execute(select(breaches).order_by(breaches.c.noticed_ms.desc(), breaches.c.id)):
        yield Breach(
            from_ms(row.noticed_ms),
            row.what,
            row.fields,
            row.persons,
            _at(row.people_told_ms),
            _at(row.authority_told_ms),
            row.id,
        )


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
