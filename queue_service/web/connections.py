"""How each connection to another system does, for the office's page and for /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection, select

from queue_service import meters
from queue_service.backlogs import Backlog, read_backlog
from queue_service.domain.events import to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.connections import read_connections
from queue_service.records.deliveries import drop, retry
from queue_service.records.healths import Health, Part, State, Tally, read_healths, write_health
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import connections
from queue_service.web.house import House

TEST_SECONDS = 4.0  # after which whoever asked is shown the page all the same
DECISIONS = {"retry": retry, "drop": drop}


class Standing(StrEnum):
    """How a connection does as a whole."""

    RUNS = "runs"
    AWAY = "away"
    REFUSES = "refuses"
    NOT_READY = "not_ready"
    STOPPED = "stopped"  # no process serves it


@dataclass(frozen=True, slots=True)
class ConnectionNow:
    plan: ConnectionPlan
    standing: Standing
    parts: Mapping[Part, Health]
    backlog: Backlog | None  # of what is told to the other side
    today: Mapping[Part, Health] = field(default_factory=dict)  # those whose counts are of this day

    @property
    def taken(self) -> int:
        return sum(part.taken for part in self.today.values())

    @property
    def refused(self) -> int:
        return sum(part.refused for part in self.today.values())

    def lag_seconds(self, now_ms: int) -> float:
        oldest = self.backlog.oldest_ms if self.backlog else None
        return 0.0 if oldest is None else max(0.0, (now_ms - oldest) / 1000)


async def connections_now(house: House) -> list[ConnectionNow]:
    return await house.database.read(partial(_read, house))


def _read(house: House, connection: Connection) -> list[ConnectionNow]:
    plans = [known.plan for known in read_connections(connection)]
    if not plans:
        return []
    now = house.floors.clock()
    leases = {row.id: row.until_ms for row in connection.execute(select(connections.c.id, connections.c.until_ms))}
    healths = read_healths(connection)
    found = []
    for plan in plans:
        parts = healths.get(plan.id, {})
        branches = _covered(house, plan)
        day = house.branches.all[branches[0]].day_of(now) if branches else now.date()
        found.append(
            ConnectionNow(
                plan=plan,
                standing=_standing(parts, leases[plan.id] >= to_ms(now)),
                parts=parts,
                backlog=read_backlog(connection, plan.id, branches) if Part.OUT in parts else None,
                today={part: health for part, health in parts.items() if health.counted_on == day},
            )
        )
    return found


def _covered(house: House, plan: ConnectionPlan) -> Sequence[str]:
    return [branch for branch in house.branches.all if not plan.branches or branch in plan.branches]


def _standing(parts: Mapping[Part, Health], is_served: bool) -> Standing:
    beginning = parts.get(Part.BEGINNING)
    told = {health.state for part, health in parts.items() if part is not Part.TEST}
    if not is_served and (beginning is None or beginning.state is not State.IDLE):
        is_lacking = beginning is not None and beginning.state is State.NOT_READY
        return Standing.NOT_READY if is_lacking else Standing.STOPPED
    for state, standing in _WORSE:
        if state in told - ({State.NOT_READY} if is_served else set()):
            return standing
    return Standing.RUNS


_WORSE: Collection[tuple[State, Standing]] = (
    (State.NOT_READY, Standing.NOT_READY),
    (State.AWAY, Standing.AWAY),
    (State.REFUSES, Standing.REFUSES),
)


async def decide(house: House, name: str, what: str, named: Sequence[str], by: str) -> int:
    """`what`: retry or drop these, or all that was given up. Answers with how many. Raises NoSuch."""
    now = house.floors.clock()

    def work(connection: Connection) -> int:
        count = DECISIONS[what](connection, name, named, to_ms(now))
        if count:
            detail: dict[str, str | int] = {"entries": count}
            if len(named) == 1:
                detail["entry"] = named[0]
            note(connection, Deed(by, f"connection.{what}", name, detail=detail), now)
        return count

    return await house.database.write(work)


async def try_out(house: House, name: str, by: str) -> None:
    """Whoever serves connections does it within a second; what is found is kept, for everybody to read."""
    now = house.floors.clock()

    def ask(connection: Connection) -> None:
        write_health(connection, name, Tally(Part.TEST, State.TO_TRY, to_ms(now), now.date()))
        note(connection, Deed(by, "connection.tested", name), now)

    def is_open(connection: Connection) -> bool:
        test = read_healths(connection).get(name, {}).get(Part.TEST)
        return test is not None and test.state in (State.TO_TRY, State.TRYING)

    await house.database.write(ask)
    with suppress(TimeoutError):
        async with asyncio.timeout(TEST_SECONDS):
            while await house.database.read(is_open):  # noqa: ASYNC110 - it is told by another process
                await asyncio.sleep(0.2)


async def read_meters(house: House) -> None:
    """For /metrics. To be called now and then."""
    now_ms, found = to_ms(house.floors.clock()), await connections_now(house)
    told: Mapping[meters.SharedGauge, Mapping[str, float]] = {
        meters.CONNECTION_LAG: {each.plan.id: each.lag_seconds(now_ms) for each in found},
        meters.CONNECTION_WAITING: {each.plan.id: each.backlog.undelivered if each.backlog else 0 for each in found},
        meters.CONNECTION_GIVEN_UP: {each.plan.id: each.backlog.dead if each.backlog else 0 for each in found},
        meters.CONNECTION_TAKEN: {each.plan.id: each.taken for each in found},
        meters.CONNECTION_REFUSED: {each.plan.id: each.refused for each in found},
    }
    for meter, values in told.items():
        meter.put_all(values)
    meters.CONNECTION_STATE.put_states(
        {(each.plan.id, standing): each.standing is standing for each in found for standing in Standing}
    )
