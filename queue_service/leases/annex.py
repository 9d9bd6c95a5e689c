"""What came back and could not be put into the journal: kept beside it, with the reason, and read by people."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, func, insert, select

from queue_service.domain.entries import read_event
from queue_service.domain.events import Entry, from_ms, to_ms
from queue_service.journal.appends import Place
from queue_service.leases.tables import annex
from queue_service.leases.wire import encoded, in_json, mark_of

MARK = 16  # characters of it are enough here


class Reason(StrEnum):
    RECLAIMED = "reclaimed"  # the centre had taken the day back by then
    FORGOTTEN = "forgotten"  # it had lost the taking, and has gone on with the day
    OTHER = "other"  # an entry of that number is there already, and is another one
    UNFIT = "unfit"  # nothing that can follow from what was there


@dataclass(frozen=True, slots=True)
class Annexed:
    entry: Entry
    reason: Reason
    came_at: datetime


def keep_aside(
    connection: Connection, place: Place, lease: str, entries: Iterable[Entry], reason: Reason, now: datetime
) -> int:
    """How many of them were not kept before."""
    rows = [_row(place, lease, entry, reason, now) for entry in entries]
    of_lease = select(annex.c.seq, annex.c.mark).where(annex.c.lease == lease)
    known = {(row.seq, row.mark) for row in connection.execute(of_lease)} if rows else set()
    new = [row for row in rows if (row["seq"], row["mark"]) not in known]
    if new:
        connection.execute(insert(annex), new)
    return len(new)


def _row(place: Place, lease: str, entry: Entry, reason: Reason, now: datetime) -> dict[str, object]:
    line = in_json(entry)
    fields = encoded(line.pop("fields"))
    kept = {"mark": mark_of(in_json(entry))[:MARK], "reason": reason.value, "came_ms": to_ms(now)}
    return {"lease": lease, "branch": place[0], "day": place[1], **line, "fields": fields, **kept}


def why_aside(connection: Connection, lease: str, seq: int) -> Reason | None:
    """Why the line of this number is kept aside, if it is."""
    found = select(annex.c.reason).where(annex.c.lease == lease, annex.c.seq == seq).limit(1)
    reason = connection.execute(found).scalar()
    return None if reason is None else Reason(reason)


def last_aside(connection: Connection, lease: str) -> int:
    """The last number of a line that is kept aside; 0 where none is."""
    return connection.execute(select(func.max(annex.c.seq)).where(annex.c.lease == lease)).scalar() or 0


def read_annex(connection: Connection, place: Place) -> dict[str, list[Annexed]]:
    """Of a day, by lease."""
    of_day = and_(annex.c.branch == place[0], annex.c.day == place[1])
    found: dict[str, list[Annexed]] = {}
    for row in connection.execute(select(annex).where(of_day).order_by(annex.c.lease, annex.c.seq, annex.c.mark)):
        entry = Entry(row.seq, from_ms(row.at_ms), row.by, read_event(row.kind, json.loads(row.fields)))
        found.setdefault(row.lease, []).append(Annexed(entry, Reason(row.reason), from_ms(row.came_ms)))
    return found


def annexed_days(connection: Connection, branches: Collection[str], since: date) -> set[Place]:
    days = select(annex.c.branch, annex.c.day).where(annex.c.branch.in_(branches), annex.c.day >= since).distinct()
    return {(row.branch, row.day) for row in connection.execute(days)}
