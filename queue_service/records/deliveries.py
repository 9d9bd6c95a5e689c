"""What could not be delivered at once, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from queue_service.faults import Fault
from queue_service.records.tables import connections, deliveries

Place = tuple[str, date]


class Parking(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"  # for its next try
    BEHIND = "behind"  # another of its lane
    DEAD = "dead"  # until a person retries or drops it


class NoSuch(Fault):
    """Connection, or entry."""


def hold(connection: Connection, name: str) -> str | None:
    """Until the end of this transaction nobody else changes anything of this connection. Answers with its owner."""
    return connection.execute(select(connections.c.owner).where(connections.c.id == name).with_for_update()).scalar()


def of_place(name: str, place: Place) -> ColumnElement[bool]:
    branch, day = place
    return and_(deliveries.c.connection == name, deliveries.c.branch == branch, deliveries.c.day == day)


def of_lane(name: str, place: Place, lane: str) -> ColumnElement[bool]:
    return and_(of_place(name, place), deliveries.c.lane == lane)


def let_go(connection: Connection, name: str, place: Place, lane: str, now_ms: int) -> None:
    """The first of this lane, if it is behind nobody."""
    here = of_lane(name, place, lane)
    asked = select(deliveries.c.seq, deliveries.c.state).where(here).order_by(deliveries.c.seq)
    first = connection.execute(asked.limit(1)).first()
    if first is not None and first.state == Parking.BEHIND:
        row = update(deliveries).where(here, deliveries.c.seq == first.seq)
        connection.execute(row.values(state=Parking.WAITING, next_at_ms=now_ms))


def retry(connection: Connection, name: str, named: Sequence[str], now_ms: int) -> int:
    """All that was given up, or these. Answers with how many. Raises NoSuch."""
    anew = {"state": Parking.WAITING, "failures": 0, "refusals": 0, "next_at_ms": now_ms}
    rows = _chosen(connection, name, named)
    for row in rows:
        if row.state == Parking.BEHIND:
            raise NoSuch(f"Entry {name_of(row)} waits behind another of {row.lane}: retry that one.")
        key = and_(of_place(name, (row.branch, row.day)), deliveries.c.seq == row.seq)
        connection.execute(update(deliveries).where(key).values(**anew))
    return len(rows)


def drop(connection: Connection, name: str, named: Sequence[str], now_ms: int) -> int:
    """Whatever waits behind them goes on. Raises NoSuch."""
    rows = _chosen(connection, name, named)
    for row in rows:
        place = (row.branch, row.day)
        connection.execute(delete(deliveries).where(of_place(name, place), deliveries.c.seq == row.seq))
        let_go(connection, name, place, row.lane, now_ms)
    return len(rows)


def name_of(row: Any) -> str:
    """Of an entry, as people write it."""
    return f"{row.branch}/{row.day}/{row.seq}"


def _chosen(connection: Connection, name: str, named: Sequence[str]) -> Sequence[Any]:
    """Those that are named, or all that were given up."""
    hold(connection, name)
    if not named:
        dead = deliveries.c.connection == name, deliveries.c.state == Parking.DEAD
        return connection.execute(select(deliveries).where(*dead)).all()
    return [_chosen_one(connection, name, word) for word in named]


def _chosen_one(connection: Connection, name: str, word: str) -> Any:
    try:
        branch, day, seq = word.split("/")
        key = and_(of_place(name, (branch, date.fromisoformat(day))), deliveries.c.seq == int(seq))
    except ValueError:
        raise NoSuch(f"“{word}” is not written as BRANCH/DAY/NUMBER, such as rsud-lahat/2026-11-23/41.") from None
    row = connection.execute(select(deliveries).where(key)).first()
    if row is None:
        raise NoSuch(f"{name} has no delivery {word}. `antrean deliveries list {name}` names them.")
    return row
