"""What is durable of one connection: its lease, its cursors, what could not be delivered yet."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, text, update

from integrations.contract import Item
from integrations.lanes import Lane, Parked, Progress, lane_of
from queue_service.journal.appends import Place
from queue_service.journal.epochs import epoch_now
from queue_service.journal.tables import entries
from queue_service.records.deliveries import Parking, hold, let_go, of_lane, of_place
from queue_service.records.tables import connections, cursors, deliveries
from queue_service.redaction import redacted

LEASE_SECONDS = 30
LONGEST_ERROR = 500  # characters


class Lost(Exception):
    """Somebody else delivers for this connection, or it is gone."""


class Restored(Exception):
    """The journals are not those that were read from: another epoch has begun."""


# The lease


def take_lease(connection: Connection, name: str, me: str) -> bool:
    """Or renew it. Whether it is ours."""
    now = _clock_ms(connection)
    free = or_(connections.c.owner.is_(None), connections.c.owner == me, connections.c.until_ms < now)
    taken = update(connections).where(connections.c.id == name, free)
    return connection.execute(taken.values(owner=me, until_ms=now + LEASE_SECONDS * 1000)).rowcount == 1


def give_back_lease(connection: Connection, name: str, me: str) -> None:
    mine = update(connections).where(connections.c.id == name, connections.c.owner == me)
    connection.execute(mine.values(owner=None, until_ms=0))


def _clock_ms(connection: Connection) -> int:
    """Of the database, where several machines may ask."""
    if connection.dialect.name == "postgresql":
        asked = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)")
        return int(connection.execute(asked).scalar_one())
    return int(time.time() * 1000)


def hold_as_owner(connection: Connection, name: str, me: str, epoch: str) -> None:
    """Raises Lost, Restored."""
    if hold(connection, name) != me:
        raise Lost
    if epoch_now(connection) != epoch:  # asked for once the row is ours: until then a restore may have kept us waiting
        raise Restored


# Cursors


def write_progress(connection: Connection, name: str, progress: Progress) -> None:
    """Everything that is parked first: nothing may be left out by whoever begins at the cursor."""
    for parked in progress.parked:
        _park(connection, name, parked)
    branch, day = progress.place
    known = and_(cursors.c.connection == name, cursors.c.branch == branch, cursors.c.day == day)
    if connection.execute(update(cursors).where(known).values(seq=progress.seq)).rowcount == 0:
        connection.execute(insert(cursors).values(connection=name, branch=branch, day=day, seq=progress.seq))


def forget_cursors(connection: Connection, name: str, places: Iterable[Place]) -> None:
    for branch, day in places:
        known = and_(cursors.c.connection == name, cursors.c.branch == branch, cursors.c.day == day)
        connection.execute(delete(cursors).where(known))


# Deliveries


def _park(connection: Connection, name: str, parked: Parked) -> None:
    lane = lane_of(parked.item)
    behind = connection.execute(select(deliveries.c.seq).where(of_lane(name, *lane)).limit(1)).first()
    state = parked.state if parked.state is not Parking.BEHIND or behind else Parking.WAITING
    row = {**_values(parked), "state": state}
    branch, day = parked.item.place
    key = {"connection": name, "branch": branch, "day": day, "seq": parked.item.seq}
    connection.execute(delete(deliveries).where(_of_item(name, parked.item)))  # from before a restore
    connection.execute(insert(deliveries).values(**key, lane=lane[1], since_ms=parked.since_ms, **row))


def postpone(connection: Connection, name: str, parked: Parked) -> None:
    connection.execute(update(deliveries).where(_of_item(name, parked.item)).values(**_values(parked)))


def strike_out(connection: Connection, name: str, item: Item, now_ms: int) -> None:
    """It is delivered, or nobody wants it any more: whatever is behind it may go."""
    connection.execute(delete(deliveries).where(_of_item(name, item)))
    let_go(connection, name, *lane_of(item), now_ms)


def read_due(connection: Connection, name: str, epoch: str, until_ms: int | None, limit: int) -> list[Parked]:
    """The first of each lane whose next try has come; with None for `until_ms`, whose next try comes first."""
    at = and_(entries.c.branch == deliveries.c.branch, entries.c.day == deliveries.c.day)
    joined = deliveries.join(entries, and_(at, entries.c.seq == deliveries.c.seq))
    asked = select(deliveries, entries.c.at_ms, entries.c.kind, entries.c.fields).select_from(joined)
    asked = asked.where(deliveries.c.connection == name, deliveries.c.state == Parking.WAITING)
    if until_ms is not None:
        asked = asked.where(deliveries.c.next_at_ms <= until_ms)
    rows = connection.execute(asked.order_by(deliveries.c.next_at_ms).limit(limit))
    return [_parked_from(epoch, row) for row in rows]


def lanes_with_deliveries(connection: Connection, name: str, lanes: Iterable[Lane]) -> set[Lane]:
    by_place: dict[Place, set[str]] = {}
    for place, lane in lanes:
        by_place.setdefault(place, set()).add(lane)
    found: set[Lane] = set()
    for (branch, day), names in by_place.items():
        here = and_(deliveries.c.connection == name, deliveries.c.branch == branch, deliveries.c.day == day)
        asked = select(deliveries.c.lane).where(here, deliveries.c.lane.in_(names)).distinct()
        found |= {((branch, day), row.lane) for row in connection.execute(asked)}
    return found


def _values(parked: Parked) -> Mapping[str, Any]:
    return {
        "state": parked.state,
        "failures": parked.failures,
        "refusals": parked.refusals,
        "next_at_ms": parked.next_at_ms,
        "error": redacted(parked.error)[:LONGEST_ERROR],
    }


def _parked_from(epoch: str, row: Any) -> Parked:
    item = Item(epoch, row.branch, row.day, row.seq, row.at_ms, row.kind, json.loads(row.fields))
    counts = {name: getattr(row, name) for name in ("failures", "refusals", "since_ms", "next_at_ms", "error")}
    return Parked(item, Parking(row.state), **counts)


def _of_item(name: str, item: Item) -> ColumnElement[bool]:
    return and_(of_place(name, item.place), deliveries.c.seq == item.seq)


# The journals


def read_items(connection: Connection, epoch: str, place: Place, after: int, limit: int) -> Sequence[Item]:
    branch, day = place
    asked = select(entries).where(entries.c.branch == branch, entries.c.day == day, entries.c.seq > after)
    rows = connection.execute(asked.order_by(entries.c.seq).limit(limit))
    return [Item(epoch, branch, day, row.seq, row.at_ms, row.kind, json.loads(row.fields)) for row in rows]
