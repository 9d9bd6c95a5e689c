"""Which days were taken along, what became of each, and what was kept beside them: for people at the centre."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, select, update

from queue_service.domain.errors import NotFound
from queue_service.domain.events import Entry, from_ms
from queue_service.domain.trip_events import FieldReclaimed, FieldReturned, FieldTaken
from queue_service.journal.appends import Place
from queue_service.journal.tables import entries as entry_table
from queue_service.leases.annex import Annexed, annexed_days
from queue_service.leases.standing import Standing, find_lease
from queue_service.leases.tables import annex, differences
from queue_service.records.people.keys import KeyRing

KEPT = timedelta(days=30)  # what gave way, as long as most of what is kept of people
FIELD = "difference"  # what a value is bound to, beside its row


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease. `heard_at`: when the last that has come from there was written."""

    lease: str
    device: str
    since: datetime
    standing: Standing
    heard_at: datetime
    entries: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    id: str
    lease: str
    part: str
    subject: str
    label: str
    reason: str
    came_at: datetime
    is_kept: bool  # not erased since


def days_taken(connection: Connection, branches: Collection[str], since: date) -> list[Place]:
    """And those beside which something stands, though they know of no taking. The newest first."""
    of_kind = and_(
        entry_table.c.branch.in_(branches), entry_table.c.day >= since, entry_table.c.kind == FieldTaken.kind
    )
    rows = connection.execute(select(entry_table.c.branch, entry_table.c.day).where(of_kind).distinct())
    found = {*((row.branch, row.day) for row in rows), *annexed_days(connection, branches, since)}
    return sorted(found, key=lambda place: (place[1], place[0]), reverse=True)


def leases_of(lines: Sequence[Entry]) -> Iterator[Taken]:
    """In the order in which the day was taken along."""
    for taken in lines:
        event = taken.event
        if not isinstance(event, FieldTaken):
            continue
        known = find_lease(lines, event.lease)
        assert known is not None
        ended = next((e for e in lines[taken.seq :] if _ends(e, event.lease)), None)
        theirs = lines[taken.seq : len(lines) if ended is None else ended.seq - 1]
        heard_at = theirs[-1].at if theirs else taken.at
        ended_at = None if ended is None else ended.at
        yield Taken(event.lease, event.device, taken.at, known.standing, heard_at, len(theirs), ended_at)


def leases_forgotten(lines: Sequence[Entry], aside: Mapping[str, Sequence[Annexed]]) -> Iterator[Taken]:
    """Of which the day knows nothing; what came from there stands beside it, the taking as well."""
    for lease, theirs in aside.items():
        last = theirs[-1].entry
        for at, event in ((one.entry, one.entry.event) for one in theirs):
            if isinstance(event, FieldTaken) and event.lease == lease and find_lease(lines, lease) is None:
                yield Taken(lease, event.device, at.at, Standing.FORGOTTEN, last.at, last.seq - at.seq, None)


def _ends(entry: Entry, lease: str) -> bool:
    return isinstance(entry.event, (FieldReturned, FieldReclaimed)) and entry.event.lease == lease


def kept_aside(connection: Connection, place: Place) -> int:
    """How many lines and other things of this day stand beside it."""
    branch, day = place
    tables = (annex, differences)
    counts = (select(func.count()).where(table.c.branch == branch, table.c.day == day) for table in tables)
    return sum(connection.execute(count).scalar_one() for count in counts)


def read_differences(connection: Connection, place: Place) -> list[Difference]:
    of_day = and_(differences.c.branch == place[0], differences.c.day == place[1])
    rows = connection.execute(select(differences).where(of_day).order_by(differences.c.came_ms, differences.c.id))
    return [
        Difference(
            row.id,
            row.lease,
            row.part,
            row.subject,
            row.label,
            row.reason,
            from_ms(row.came_ms),
            row.kept is not None,
        )
        for row in rows
    ]


def open_difference(connection: Connection, keys: KeyRing, place: Place, id_: str) -> Any:
    """What gave way, in plain JSON. Raises NotFound, Unreadable."""
    branch, day = place
    of_id = and_(differences.c.id == id_, differences.c.branch == branch, differences.c.day == day)
    row = connection.execute(select(differences).where(of_id, differences.c.kept.is_not(None))).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address.")
    return json.loads(keys.decrypt(row.key, row.id, FIELD, row.kept))


def forget_differences(connection: Connection, before: date) -> None:
    """What they hold; that there was one stays."""
    old = and_(differences.c.day < before, differences.c.kept.is_not(None))
    connection.execute(update(differences).where(old).values(kept=None))


def drop_differences(connection: Connection, subjects: Collection[str]) -> None:
    """Of rows of people that somebody wanted to be erased."""
    connection.execute(delete(differences).where(differences.c.subject.in_(list(subjects))))


def close_anew(connection: Connection, keys: KeyRing, most: int) -> int:
    """With the newest key; how many were closed with another."""
    of_other_key = and_(differences.c.key != keys.newest, differences.c.kept.is_not(None))
    rows = connection.execute(select(differences).where(of_other_key).limit(most).with_for_update()).all()
    for row in rows:
        text = keys.decrypt(row.key, row.id, FIELD, row.kept)
        sealed = {"key": keys.newest, "kept": keys.encrypt(row.id, FIELD, text)}
        connection.execute(update(differences).where(differences.c.id == row.id).values(**sealed))
    return len(rows)
