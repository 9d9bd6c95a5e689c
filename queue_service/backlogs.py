"""How far behind a connection is: from its cursors, the journals and what could not be delivered. A few steps in an
index for each branch and day, however long the journals are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from queue_service.journal.appends import Place
from queue_service.journal.days import ends_since
from queue_service.journal.tables import entries
from queue_service.records.deliveries import Parking, of_lane
from queue_service.records.tables import cursors, deliveries


@dataclass(frozen=True, slots=True)
class Backlog:
    """`oldest_ms`: since when the oldest of all that is neither delivered nor given up has been so."""

    unread: int  # entries of the journals
    waiting: int  # for their next try, or behind one that does
    dead: int  # given up
    oldest_ms: int | None

    @property
    def undelivered(self) -> int:
        return self.unread + self.waiting


def read_cursors(connection: Connection, name: str) -> dict[Place, int]:
    rows = connection.execute(select(cursors).where(cursors.c.connection == name))
    return {(row.branch, row.day): row.seq for row in rows}


def first_days(places: Mapping[Place, int]) -> dict[str, date]:
    """By branch."""
    first: dict[str, date] = {}
    for branch, day in places:
        first[branch] = min(day, first.get(branch, day))
    return first


def read_backlog(connection: Connection, name: str, branches: Collection[str]) -> Backlog:
    """Of these branches, which are set up."""
    known = read_cursors(connection, name)
    first = {branch: day for branch, day in first_days(known).items() if branch in branches}
    ends = ends_since(connection, first)
    behind = {place: end - known.get(place, 0) for place, end in ends.items() if end > known.get(place, 0)}
    by_state = select(deliveries.c.state, func.count().label("how_many")).where(deliveries.c.connection == name)
    counts = {row.state: row.how_many for row in connection.execute(by_state.group_by(deliveries.c.state))}
    since = [*_moments(connection, known, behind), *_since(connection, name)]
    return Backlog(
        unread=sum(behind.values()),
        waiting=counts.get(Parking.WAITING, 0) + counts.get(Parking.BEHIND, 0),
        dead=counts.get(Parking.DEAD, 0),
        oldest_ms=min(since, default=None),
    )


def _moments(connection: Connection, known: Mapping[Place, int], behind: Mapping[Place, int]) -> Iterator[int]:
    """Of the first entry that was not read, in each branch's first day that has one."""
    for branch, day in first_days(behind).items():
        next_one = entries.c.branch == branch, entries.c.day == day, entries.c.seq == known.get((branch, day), 0) + 1
        at = connection.execute(select(entries.c.at_ms).where(*next_one)).scalar()
        if at is not None:
            yield at


def _since(connection: Connection, name: str) -> Iterator[int]:
    waiting = deliveries.c.connection == name, deliveries.c.state == Parking.WAITING, deliveries.c.since_ms > 0
    oldest = connection.execute(select(func.min(deliveries.c.since_ms)).where(*waiting)).scalar()
    if oldest is not None:
        yield oldest


def read_parked(connection: Connection, name: str, limit: int) -> Sequence[Any]:
    """What waits for its next try or was given up, with what kind of entry it is: what was given up first, then the
    oldest."""
    pairs = ((deliveries.c[each], entries.c[each]) for each in ("branch", "day", "seq"))
    joined = deliveries.outerjoin(entries, and_(*(mine == other for mine, other in pairs)))
    asked = select(deliveries, entries.c.kind).select_from(joined)
    mine = asked.where(deliveries.c.connection == name, deliveries.c.state != Parking.BEHIND)
    in_order = mine.order_by(deliveries.c.state, deliveries.c.since_ms, deliveries.c.branch, deliveries.c.seq)
    return connection.execute(in_order.limit(limit)).all()


def count_behind(connection: Connection, row: Any) -> int:
    lane = of_lane(row.connection, (row.branch, row.day), row.lane)
    return connection.execute(select(func.count()).where(lane, deliveries.c.seq > row.seq)).scalar_one()
