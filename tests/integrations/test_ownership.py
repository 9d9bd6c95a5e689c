"""Who delivers: one process at a time, whatever becomes of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from queue_service.records.tables import connections
from tests.integrations.conftest import KIND_AT_ONCE, NewAddress
from tests.integrations.receiver import a_receiver
from tests.integrations.stages import a_connection, a_stage, write_connections
from tests.integrations.whims import assert_in_order, assert_none_twice, failing_half
from tests.redis import Redis


@pytest.mark.parametrize("kind", KIND_AT_ONCE)
async def test_killed_in_the_middle_nothing_is_missing(tmp_path: Path, new_address: NewAddress, kind: str) -> None:
    async with a_stage(tmp_path, new_address(kind)) as stage:
        stage.receiver.behave = failing_half(2)
        await stage.live(8)
        ids = await stage.ids()
        for part in (3, 12):
            stage.begin()
            await stage.until_count(part)
            stage.deliverers[-1].kill()
            await stage.let_lease_end()
        stage.begin()
        await stage.until_taken(list(ids))
        await stage.until_states(lambda states: states == [])
        assert {each.id for each in stage.receiver.arrived} == set(ids)
        first = {each.id: place for place, each in reversed(list(enumerate(stage.receiver.taken)))}
        for label in set(ids.values()) - {None}:
            of_ticket = [first[name] for name, whose in ids.items() if whose == label]
            assert of_ticket == sorted(of_ticket)


async def test_of_two_processes_one_delivers_and_the_other_takes_over(
    tmp_path: Path, new_address: NewAddress, redis: Redis
) -> None:
    async with a_stage(tmp_path, new_address("postgresql"), {"ANTREAN_REDIS_URL": redis.address}) as stage:
        pair = [stage.begin(), stage.begin()]
        await stage.live(4)
        await stage.until_taken(list(await stage.ids()))
        assert sorted(each.owns for each in pair) == [False, True]
        assert_none_twice(stage)
        first, second = sorted(pair, key=lambda each: not each.owns)
        first.kill()
        await stage.let_lease_end()
        await stage.live(4)
        await stage.until_taken(list(await stage.ids()))
        assert second.owns
        await stage.until(lambda: "Redis carries nudges." in second.printed)
        assert_in_order(stage.receiver.arrived, await stage.ids())
        third = stage.begin()
        assert second.stop() == 0  # and gives its lease back
        await stage.until(lambda: third.owns)
        await stage.live(1)
        await stage.until_taken(list(await stage.ids()))


async def test_whoever_loses_the_lease_stops_sending(tmp_path: Path) -> None:
    """Somebody else's name stands there now: the next write tells, and what comes then is left to the other."""
    async with a_stage(tmp_path, is_serving=False) as stage:
        deliverer = stage.begin()
        await stage.write(1)
        await stage.until_taken(list(await stage.ids()))
        taken_away = update(connections).values(owner="another", until_ms=10**15)
        await stage.ask(lambda connection: connection.execute(taken_away))
        await stage.write(1)
        await stage.until(lambda: "no longer delivers for agency" in deliverer.printed)
        count = len(stage.receiver.arrived)
        await stage.write(5)
        given_back = update(connections).values(owner=None, until_ms=0)
        assert len(stage.receiver.arrived) == count
        await stage.ask(lambda connection: connection.execute(given_back))
        await stage.until_taken(list(await stage.ids()))


async def test_other_settings_are_taken_up_while_it_runs(tmp_path: Path) -> None:
    async with a_stage(tmp_path, is_serving=False) as stage, a_receiver() as moved:
        deliverer = stage.begin()
        await stage.write(3)
        before = list(await stage.ids())
        await stage.until_taken(before)
        settings = {"url": moved.url, "allow_private": True}
        plan = write_connections(tmp_path / "moved.yaml", [a_connection("agency", settings)], ["cabang", "baru"])
        await asyncio.to_thread(stage.server.run, "setup", str(plan))
        await stage.until(lambda: deliverer.printed.count("This process delivers for agency.") == 2)
        await stage.write(3)
        after = set(await stage.ids()) - set(before)
        await stage.until(lambda: {each.id for each in moved.taken} >= after)
        assert {each.id for each in moved.arrived} == after
        assert {each.id for each in stage.receiver.arrived} == set(before)


async def test_after_a_restore_it_goes_on_from_what_is_there_then(tmp_path: Path, new_address: NewAddress) -> None:
    async with a_stage(tmp_path) as stage:
        deliverer, run = stage.begin(), stage.server.run
        await stage.live(2)
        await stage.until_taken(list(await stage.ids()))
        await asyncio.to_thread(run, "backup", str(tmp_path / "backup"))
        await stage.live(2)
        before = await stage.ids()
        await stage.until_taken(list(before))
        await asyncio.to_thread(run, "restore", str(tmp_path / "backup"), "--discard")
        await stage.until(lambda: "A backup was restored" in deliverer.printed)
        after = await stage.ids()
        assert len(after) < len(before)
        await stage.live(1)
        new = [name for name in await stage.ids() if int(name.split("_")[-1]) > 9]
        await stage.until_taken(new)
        assert_none_twice(stage)


@pytest.mark.slow
async def test_a_lease_ends_by_itself(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        first = stage.begin()
        await stage.until(lambda: first.owns)
        first.kill()
        second = stage.begin()
        await stage.live(1)
        await stage.until_taken(list(await stage.ids()))
        assert second.owns
