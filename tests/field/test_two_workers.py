"""A day that is in the field, and two workers of the centre: neither writes there, whoever knows of it first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from queue_service.app import open_house
from queue_service.domain.actions import CloseDay, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import NotAllowed
from queue_service.domain.trip_actions import Enlist, ReachStop
from queue_service.domain.trip_events import FieldTaken
from queue_service.field.centre import Refused
from queue_service.field.returning import give_back
from tests.field.days import (
    DAY,
    PLACE,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    floor_of,
    in_the_field,
    plan,
    take_along,
)
from tests.houses import Clock
from tests.postgres import Postgres


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_nobody_else_writes_on_two_workers(tmp_path: Path, engine: str, request: pytest.FixtureRequest) -> None:
    address = None
    if engine == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        address = postgres.address(postgres.new_database())
    clock = Clock(SEVEN)
    async with a_centre(tmp_path, clock, address) as one, open_house(one.settings, clock) as other:
        await plan(one)
        await floor_of(other)

        async def book(n: int) -> bool:
            try:
                await (one, other)[n % 2].desk.act(TEAM, Enlist("b", (5,)), f"clerk:{n}", day=DAY)
            except NotAllowed:  # by then it is in the field
                return False
            return True

        async with a_line(one) as line:
            key = await a_key(one)
            booking = [asyncio.create_task(book(n)) for n in range(8)]
            taken = await take_along(tmp_path / "laptop", line, key, clock)
            booked = await asyncio.gather(*booking)
            # The one that does not know yet is told by the journal itself.
            for house in (other, one):
                for action in (Enlist("a", (5,)), SetCounter("1", CounterState.OPEN), ReachStop("a"), Issue("a")):
                    with pytest.raises(NotAllowed, match="in the field with Laptop 1"):
                        await house.desk.act(TEAM, action, "clerk:late", day=DAY)
            entries = await one.journal.read(PLACE)
            assert isinstance(entries[-1].event, FieldTaken)
            assert sum(entry.by.startswith("clerk:") for entry in entries) == 7 + sum(booked)
            async with at_the_desk(taken, line, clock) as desk:
                await give_back(desk)
        await other.desk.act(TEAM, Enlist("a", (5,)), "clerk:after", day=DAY)


async def test_a_day_in_the_field_is_not_closed(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        clock.turn(hours=24)
        async with in_the_field(taken, clock) as field:
            for house in (centre, field):
                count = len(await house.journal.read(PLACE))
                with pytest.raises(NotAllowed, match="in the field"):
                    await house.desk.act(TEAM, CloseDay(count, "digest", ""), "clock", day=DAY)
        async with at_the_desk(taken, line, clock) as desk:
            await give_back(desk)  # also the next day
        count = len(await centre.journal.read(PLACE))
        await centre.desk.act(TEAM, CloseDay(count, "digest", ""), "clock", day=DAY)


async def test_who_asks_twice_gets_the_same_lease_and_nobody_else_gets_one(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        key = await a_key(centre)
        first, _ = await take_along(tmp_path / "laptop", line, key, clock)
        again, _ = await take_along(tmp_path / "laptop", line, key, clock)
        assert first.lease == again.lease
        with pytest.raises(Refused, match="Laptop 1"):
            await take_along(tmp_path / "another", line, key, clock)
        taken = [entry for entry in await centre.journal.read(PLACE) if isinstance(entry.event, FieldTaken)]
        assert len(taken) == 1
