"""A day leaves, is served elsewhere, and comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from queue_service.domain.actions import CallNext, CheckIn, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import NotAllowed
from queue_service.domain.trip_actions import ReachStop
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.leases.standing import Standing
from tests.field.days import (
    PLACE,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    floor_of,
    in_the_field,
    journal,
    plan,
    take_along,
)
from tests.houses import Clock


async def test_a_day_leaves_and_comes_back(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        clock.turn(hours=2)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await field.desk.act(TEAM, ReachStop("a"), "clerk:field")
            await field.desk.act(TEAM, CheckIn("A-001"), "visitor")
            await field.desk.act(TEAM, Issue("a"), "visitor")
            with pytest.raises(NotAllowed, match="in the field with Laptop 1"):
                await centre.desk.act(TEAM, Issue("a"), "visitor")
            progress = await sync(desk)
            assert (progress.standing, progress.aside) == (Standing.OUT, 0)
            assert await journal(centre) == await journal(field)
            await field.desk.act(TEAM, SetCounter("1", CounterState.OPEN), "clerk:field")
            await field.desk.act(TEAM, CallNext("1"), "clerk:field")
            assert (await give_back(desk)).standing is Standing.RETURNED
            assert await journal(centre) == await journal(field)
            with pytest.raises(NotAllowed, match="given back"):
                await field.desk.act(TEAM, Issue("a"), "visitor")
        await centre.desk.act(TEAM, Issue("a"), "visitor")
        assert (await floor_of(centre)).tickets["A-005"].number == 5
        assert PLACE[1] == SEVEN.date()
