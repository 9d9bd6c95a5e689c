"""From a journal to a receiver that is as unreliable as any: nothing is lost, nothing overtakes, nothing blocks."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from queue_service.records.tables import cursors
from tests.integrations.conftest import KIND_AT_ONCE, KINDS, NewAddress
from tests.integrations.receiver import Reply, takes_all
from tests.integrations.stages import a_connection, a_stage, write_connections
from tests.integrations.whims import assert_in_order, assert_none_twice, failing_half


@pytest.mark.parametrize("kind", KIND_AT_ONCE)
async def test_an_unreliable_receiver_gets_everything_once_and_in_order(
    tmp_path: Path, new_address: NewAddress, kind: str
) -> None:
    async with a_stage(tmp_path, new_address(kind)) as stage:
        stage.receiver.behave = failing_half(1, poisoned="A-003")
        deliverer = stage.begin()
        await stage.live(8)
        await stage.receiver.close()  # away for a while
        await stage.live(3)
        await stage.until(lambda: "agency is left alone for a while" in deliverer.printed)
        stage.receiver.behave = failing_half(1, poisoned="A-003", part=0.1)
        await stage.receiver.open()
        ids = await stage.ids()
        await stage.until_taken([name for name, label in ids.items() if label != "A-003"])
        await stage.until_states(lambda states: states[:1] == [("A-003", "dead")])
        assert await stage.states() == [("A-003", "dead")] + [("A-003", "behind")] * 3
        assert_in_order(stage.receiver.arrived, ids)
        assert_none_twice(stage)
        assert stage.receiver.unsigned == []
        assert stage.deliverers[0].stop() == 0
        listed = await asyncio.to_thread(stage.server.run, "deliveries", "list")
        assert "agency (webhook): 0 entries of the journals still to be read" in listed
        assert "A-003 issued" in listed and "3 more of it wait behind: it answered 422 Said: We do not" in listed


async def test_who_asks_to_be_left_alone_is(tmp_path: Path) -> None:
    async with a_stage(tmp_path, is_serving=False) as stage:
        loop, refused = asyncio.get_running_loop(), list[float]()
        early: list[float] = []

        def behave(_id: str, _message: Any, _tries: int) -> Reply:
            if not refused:
                refused.append(loop.time())
                return Reply(429, {"Retry-After": "2"})
            early.extend([loop.time()] if loop.time() < refused[0] + 1.9 else [])
            return Reply()

        stage.receiver.behave = behave
        await stage.write(20)
        stage.begin()
        await stage.until_taken(list(await stage.ids()))
        # Those that were under way already had left when the answer came.
        assert len(early) <= 16
        assert_none_twice(stage)


async def test_what_was_given_up_is_tried_again_or_dropped(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage:
        poisoned = {"A-001", "A-002"}

        def behave(_id: str, message: Any, _tries: int) -> Reply:
            return Reply(400) if message["data"].get("label") in poisoned else Reply()

        stage.receiver.behave = behave
        stage.begin()
        await stage.live(3)
        ids = await stage.ids()
        expected = [(label, state) for label in sorted(poisoned) for state in ("dead", "behind", "behind", "behind")]
        await stage.until_states(lambda states: states == expected)
        poisoned.clear()
        drop = next(name for name, label in ids.items() if label == "A-002")
        word = "/".join(drop.split("_")[1:])
        run = stage.server.run
        assert "1 entry will not be delivered" in await asyncio.to_thread(run, "deliveries", "drop", "agency", word)
        assert "1 entry will be tried again" in await asyncio.to_thread(run, "deliveries", "retry", "agency")
        await stage.until_taken([name for name in ids if name != drop])
        await stage.until_states(lambda states: states == [])
        assert drop not in {each.id for each in stage.receiver.taken}
        of_first = {name: label for name, label in ids.items() if label == "A-001"}
        assert_in_order([each for each in stage.receiver.arrived if each.lane == "A-001"], of_first)
        assert_none_twice(stage)


async def test_a_connection_begins_with_what_happens_after_it_was_set_up(tmp_path: Path) -> None:
    async with a_stage(tmp_path, is_serving=False) as stage:
        await stage.write(2)
        before = set(await stage.ids())
        settings = {"url": stage.receiver.url, "allow_private": True, "events": ["ticket.issued", "ticket.called"]}
        second = write_connections(tmp_path / "second.yaml", [a_connection("later", settings, branches=["cabang"])])
        told = await asyncio.to_thread(stage.server.run, "setup", str(second))
        assert "connection later" in told and "connection agency" in told
        stage.server.environment["ANTREAN_CONNECTION_LATER_SECRET"] = stage.server.environment.pop(
            "ANTREAN_CONNECTION_AGENCY_SECRET"
        )
        stage.begin()
        await stage.write(2)
        new = {name for name in await stage.ids() if name not in before}
        await stage.until_count(4)
        listed = await asyncio.to_thread(stage.server.run, "deliveries", "list", "later")
        assert "0 entries" in listed
        assert {each.id for each in stage.receiver.arrived} <= new
        assert Counter(each.message["type"] for each in stage.receiver.taken) == {
            "ticket.issued": 2,
            "ticket.called": 2,
        }


@pytest.mark.parametrize("kind", KINDS)
async def test_days_that_are_over_are_delivered_to_their_end_and_then_forgotten(
    tmp_path: Path, new_address: NewAddress, kind: str
) -> None:
    async with a_stage(tmp_path, new_address(kind), is_serving=False) as stage:
        today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
        days = [today + timedelta(days) for days in (-9, -4, -1, 6)]
        for day in days:
            await stage.write(25, day)
        begun = update(cursors).values(day=days[0] - timedelta(1), seq=0)
        await stage.ask(lambda connection: connection.execute(begun))
        stage.begin()
        await stage.until_taken(list(await stage.ids()))
        assert_none_twice(stage)
        asked = select(cursors.c.day, cursors.c.seq).order_by(cursors.c.day)
        deadline = time.monotonic() + 60
        while (left := await stage.ask(lambda c: [tuple(row) for row in c.execute(asked)])) != [
            (days[2], 50),
            (days[3], 50),
        ]:
            assert time.monotonic() < deadline, left
            await asyncio.sleep(0.1)


async def test_a_day_that_is_slow_is_not_left_behind_by_those_after_it(tmp_path: Path) -> None:
    async with a_stage(tmp_path, is_serving=False) as stage:
        today = datetime.now(ZoneInfo("Asia/Jakarta")).date()
        slow, *later = (today + timedelta(days) for days in (-9, -4, -1))
        for day, tickets in ((slow, 20), (later[0], 3), (later[1], 3)):
            await stage.write(tickets, day)
        await stage.ask(lambda c: c.execute(update(cursors).values(day=slow - timedelta(1), seq=0)))
        ids = list(await stage.ids())
        after = [name for name in ids if str(slow) not in name]
        stage.receiver.behave = lambda id_, *_: Reply(after_seconds=12 if id_ == ids[0] else 0)
        deliverer = stage.begin()
        await stage.until_taken(after)
        await asyncio.sleep(2.5)  # it looks once a second what may be forgotten
        assert ids[0] not in {each.id for each in stage.receiver.taken}
        deliverer.kill()
        stage.receiver.behave = takes_all
        await stage.let_lease_end()
        stage.begin()
        await stage.until_taken(ids)
        assert sorted(each.id for each in stage.receiver.taken if each.id in after) == sorted(after)


async def test_a_connection_without_its_secret_says_so_and_the_others_run(tmp_path: Path) -> None:
    async with a_stage(tmp_path, is_serving=False) as stage:
        settings = {"url": stage.receiver.url, "allow_private": True}
        both = [a_connection("agency", settings), a_connection("no-key", settings), a_connection("odd", settings)]
        await asyncio.to_thread(stage.server.run, "setup", str(write_connections(tmp_path / "both.yaml", both)))
        stage.server.environment["ANTREAN_CONNECTION_ODD_SECRET"] = "whsec_not-base64"
        deliverer = stage.begin()
        await stage.write(1)
        await stage.until_taken(list(await stage.ids()))
        assert_none_twice(stage)
        told = ("ANTREAN_CONNECTION_NO_KEY_SECRET is not set.", "ODD_SECRET: expected base64 after whsec_")
        await stage.until(lambda: all(words in deliverer.printed for words in told))
        assert "not-base64" not in deliverer.printed


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
async def test_ten_thousand_events_by_a_receiver_that_fails_half_of_the_time(
    tmp_path: Path, new_address: NewAddress, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.integrations.stages.PATIENCE", 1800.0)
    async with a_stage(tmp_path, new_address(kind)) as stage:
        stage.receiver.behave = failing_half(3)
        stage.begin()
        await stage.live(2_500)
        ids = await stage.ids()
        assert len(ids) >= 10_000
        await stage.until_taken(list(ids))
        await stage.until_states(lambda states: states == [])
        assert_in_order(stage.receiver.arrived, ids)
        assert_none_twice(stage)
        assert stage.receiver.unsigned == []
