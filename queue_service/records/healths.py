"""How connections do, as those tell who serve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, case, insert, select, update

from queue_service.records.tables import connections, healths

LONGEST_ERROR = 500  # characters


class Part(StrEnum):
    BEGINNING = "begin"  # whether it could be begun at all
    OUT = "out"  # what happens here, told to the other side
    BOX = "box"  # what has a journal of its own, told to the other side
    IN = "in"  # the other side, asked by us
    ASKED = "asked"  # the other side asks us
    TEST = "test"  # a person's; its error is what was found, good or bad


class State(StrEnum):
    RUNS = "runs"
    AWAY = "away"  # the other side is
    REFUSES = "refuses"  # one ticket after the other
    NOT_READY = "not_ready"  # something is missing here, such as a secret
    IDLE = "idle"  # there is nothing to be run: it is only asked
    TO_TRY = "to_try"  # a test that nobody has begun yet
    TRYING = "trying"


@dataclass(frozen=True, slots=True)
class Tally:
    """What is new of a part. `taken` and `refused`: how many more, of this day."""

    part: Part
    state: State
    since_ms: int
    day: date
    success_ms: int | None = None
    error: str = ""
    error_ms: int | None = None
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    state: State
    since_ms: int
    success_ms: int | None
    error: str
    error_ms: int | None
    counted_on: date
    taken: int
    refused: int


def write_health(connection: Connection, name: str, tally: Tally) -> None:
    """Several processes may tell of one part: counts are added up. What is no connection any more leaves nothing."""
    held = select(connections.c.id).where(connections.c.id == name).with_for_update()
    if connection.execute(held).first() is None:
        return
    same_day = healths.c.counted_on == tally.day
    known = update(healths).where(healths.c.connection == name, healths.c.part == tally.part)
    values = {
        "state": tally.state,
        "since_ms": case((healths.c.state == tally.state, healths.c.since_ms), else_=tally.since_ms),
        "counted_on": tally.day,
        "taken": case((same_day, healths.c.taken + tally.taken), else_=tally.taken),
        "refused": case((same_day, healths.c.refused + tally.refused), else_=tally.refused),
    }
    if tally.success_ms is not None:
        values["success_ms"] = tally.success_ms
    if tally.error_ms is not None:
        values |= {"error": tally.error[:LONGEST_ERROR], "error_ms": tally.error_ms}
    if connection.execute(known.values(**values)).rowcount == 0:
        new = {"since_ms": tally.since_ms, "taken": tally.taken, "refused": tally.refused, "counted_on": tally.day}
        told = {"error": tally.error[:LONGEST_ERROR], "error_ms": tally.error_ms, "success_ms": tally.success_ms}
        connection.execute(insert(healths).values(connection=name, part=tally.part, state=tally.state, **new, **told))


def read_healths(connection: Connection) -> Mapping[str, Mapping[Part, Health]]:
    """By connection."""
    found: dict[str, dict[Part, Health]] = {}
    for row in connection.execute(select(healths)):
        health = Health(
            state=State(row.state),
            since_ms=row.since_ms,
            success_ms=row.success_ms,
            error=row.error,
            error_ms=row.error_ms,
            counted_on=row.counted_on,
            taken=row.taken,
            refused=row.refused,
        )
        found.setdefault(row.connection, {})[Part(row.part)] = health
    return found


def read_tests(connection: Connection) -> list[str]:
    """Connections that a person wants to be tried."""
    wanted = select(healths.c.connection).where(healths.c.part == Part.TEST, healths.c.state == State.TO_TRY)
    return list(connection.execute(wanted).scalars())


def take_up_test(connection: Connection, name: str) -> bool:
    """Whether it is ours: of several processes one tries."""
    of_it = healths.c.connection == name, healths.c.part == Part.TEST, healths.c.state == State.TO_TRY
    return connection.execute(update(healths).where(*of_it).values(state=State.TRYING)).rowcount == 1
