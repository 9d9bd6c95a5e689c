from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from queue_service.domain.actions import CallNext, Complete, Issue, Notify, Recall, SetQueue, Suspend, Transfer
from queue_service.domain.journeys import Journey
from queue_service.domain.lines import QueueState
from queue_service.domain.names import Name
from queue_service.floors import place_of
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.houses import CHILDREN, NINE, PHARMACY, RSUD, Clock, a_house, issue, open_counter
from tests.stream.wires import Wire, settle

BRANCH_QUEUES = ["pendaftaran", "poli-anak", "poli-dalam", "farmasi"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    async with a_house(tmp_path, clock) as house:
        await house.floors.get_today(RSUD)
        yield house


def phone(house: House, label: str) -> Wire:
    return Wire(house, f"ticket={house.tokens.token_of(TicketName(RSUD, NINE.date(), label))}")


async def test_a_phone_gets_its_ticket_and_its_queue_at_once(house: House) -> None:
    label = await issue(house)
    ticket, queue = phone(house, label).frames()
    assert (ticket["type"], ticket["label"], ticket["state"]) == ("ticket", label, "waiting")
    assert (queue["type"], queue["queue"], queue["waiting"]) == ("queue", CHILDREN, [["B", 1, 1]])


async def test_a_screen_gets_every_queue_of_the_branch_and_an_embedder_one(house: House) -> None:
    assert [frame["queue"] for frame in Wire(house, f"branch={RSUD}").frames()] == BRANCH_QUEUES
    assert [frame["queue"] for frame in Wire(house, f"branch={RSUD}&queue=farmasi").frames()] == ["farmasi"]


async def test_a_call_reaches_phone_and_screen_as_the_same_bytes(house: House) -> None:
    label = await issue(house)
    await open_counter(house)
    await settle(house)
    here, screen = phone(house, label), Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    await settle(house)
    assert here.last() == screen.last()
    assert here.last()["now"] == [[label, "3", "called"]]
    assert here.last("ticket")["state"] == "called"
    assert here.last("ticket")["counter"] == "3"


async def test_every_frame_is_newer_than_the_last_and_equals_the_snapshot_of_its_seq(house: House) -> None:
    screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    await asyncio.gather(*(issue(house) for _ in range(30)))
    await settle(house)
    seqs = [frame["seq"] for frame in screen.frames()]
    assert seqs == sorted(set(seqs))
    floor = await house.floors.get_today(RSUD)
    assert json.loads(house.hub.snapshot(floor, CHILDREN)) == {**screen.last(), "day": "2026-11-23"}


async def test_a_busy_queue_is_told_in_few_frames_that_name_every_cause_once(house: House) -> None:
    screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    for _ in range(20):
        await issue(house)
    await settle(house)
    told = [label for frame in screen.frames()[1:] for label, cause in frame["why"]]
    assert told == [f"B-{n:03d}" for n in range(1, 21)]
    assert len(screen.frames()) < 10


async def test_a_snapshot_taken_in_between_takes_no_cause_from_the_screens(house: House) -> None:
    screen = Wire(house, f"branch={RSUD}&queue={CHILDREN}")
    floor = await house.floors.get_today(RSUD)
    for _ in range(5):
        await issue(house)
        house.hub.snapshot(floor, CHILDREN)
    await settle(house)
    assert [label for frame in screen.frames()[1:] for label, _ in frame["why"]] == [f"B-{n:03d}" for n in range(1, 6)]


async def test_a_recall_reaches_the_holder_as_a_new_announcement(house: House, clock: Clock) -> None:
    label = await issue(house)
    await open_counter(house)
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    here = phone(house, label)
    before = here.last("ticket")["announced_at"]
    clock.turn(seconds=30)
    await house.desk.act(RSUD, Recall("3"), "clerk:a")
    await settle(house)
    assert here.last("ticket")["announced_at"] == before + 30_000
    assert [label, "recalled"] in here.last()["why"]


async def test_a_visit_that_goes_on_elsewhere_brings_its_ticket_then_that_queue(house: House) -> None:
    label = await issue(house)
    await open_counter(house)
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    here = phone(house, label)
    await house.desk.act(RSUD, Transfer("3", PHARMACY), "clerk:a")
    await settle(house)
    ticket, queue = here.frames()[-2:]
    assert (ticket["type"], ticket["queue"], ticket["steps"]) == (
        "ticket",
        PHARMACY,
        [[CHILDREN, "completed"], [PHARMACY, "waiting"]],
    )
    assert (queue["queue"], queue["waiting"]) == (PHARMACY, [["B", 1, 1]])
    told = len(here.frames())
    await issue(house)  # the clinic is no longer this phone's business
    await settle(house)
    assert len(here.frames()) == told


async def test_who_waits_for_somebody_absent_is_told_at_once_what_they_may_do(house: House) -> None:
    here, elsewhere = phone(house, await issue(house)), phone(house, await issue(house, PHARMACY))
    told = len(elsewhere.frames())
    await house.desk.act(RSUD, Suspend(CHILDREN, None, "Dokter sakit."), "supervisor:a")
    await settle(house)
    assert here.last("ticket")["suspended_until"] is not None
    assert "postpone" in here.last("ticket")["can"]
    assert here.last("notice")["text"] == "Dokter sakit."
    await house.desk.act(RSUD, SetQueue(CHILDREN, QueueState.OPEN), "supervisor:a")
    await settle(house)
    assert here.last("ticket")["suspended_until"] is None
    assert len(elsewhere.frames()) == told


async def test_a_visit_with_several_stops_brings_the_queue_of_each(house: House) -> None:
    plan = replace(
        house.branches.get(RSUD), journeys={"visit": Journey("visit", Name("", ""), ((CHILDREN,), (PHARMACY,)))}
    )
    house.branches._all = {RSUD: plan}
    await house.floors.get_today(RSUD)
    house.floors._take_up_new_plans()
    await house.desk.act(RSUD, Issue("", journey="visit"), "visitor")
    label = next(iter((await house.floors.get_today(RSUD)).tickets))
    here = phone(house, label)
    assert [frame.get("queue") for frame in here.frames()] == [CHILDREN, CHILDREN, PHARMACY]
    await issue(house, PHARMACY)
    await settle(house)
    assert (here.last()["queue"], here.last()["waiting"]) == (PHARMACY, [["D", 1, 1]])
    await open_counter(house)
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    await house.desk.act(RSUD, Complete("3"), "clerk:a")
    await settle(house)
    assert here.last("ticket")["steps"] == [[CHILDREN, "completed"], [PHARMACY, "waiting"]]
    told = len(here.frames())
    await issue(house)  # the clinic is behind them
    await settle(house)
    assert len(here.frames()) == told


async def test_a_slow_reader_skips_frames_and_then_gets_the_newest_state(house: House) -> None:
    label = await issue(house)
    slow, quick = phone(house, label), phone(house, label)
    await open_counter(house)
    await settle(house)
    slow.connection.pause_writing()
    written = len(slow.written)
    await house.desk.act(RSUD, CallNext("3"), "clerk:a")
    await settle(house)
    await house.desk.act(RSUD, Complete("3"), "clerk:a")
    await settle(house)
    assert len(slow.written) == written
    slow.connection.resume_writing()
    assert slow.last() == quick.last()
    assert slow.last("ticket")["state"] == "completed"


async def test_what_is_over_costs_nothing_more(house: House) -> None:
    label = await issue(house)
    wires = [phone(house, label) for _ in range(5)]
    for wire in wires:
        wire.connection.connection_lost(None)
    assert not house.hub.connections
    await issue(house)
    await settle(house)
    await house.hub.tick()
    place = place_of(await house.floors.get_today(RSUD))
    assert not house.floors.in_use(place)


async def test_words_from_the_branch_reach_those_they_are_for_and_newcomers_until_they_end(
    house: House, clock: Clock
) -> None:
    here, elsewhere = Wire(house, f"branch={RSUD}&queue={CHILDREN}"), Wire(house, f"branch={RSUD}&queue=farmasi")
    until = clock() + timedelta(minutes=30)
    await house.desk.act(RSUD, Notify("Dokter datang pukul 10.", until, CHILDREN), "supervisor:b")
    await settle(house)
    assert here.last("notice")["text"] == "Dokter datang pukul 10."
    assert all(frame["type"] != "notice" for frame in elsewhere.frames())
    assert Wire(house, f"branch={RSUD}").last("notice")["queue"] == CHILDREN
    clock.turn(minutes=31)
    assert all(frame["type"] != "notice" for frame in Wire(house, f"branch={RSUD}").frames())


async def test_at_midnight_screens_move_on_to_the_new_day_and_numbers_begin_anew(house: House, clock: Clock) -> None:
    label = await issue(house)
    screen, here = Wire(house, f"branch={RSUD}&queue={CHILDREN}"), phone(house, label)
    yesterday = screen.last()
    clock.turn(hours=15, minutes=1)  # one past midnight in Lahat, four past five in the afternoon in Greenwich
    await house.hub.tick()
    today = screen.last()
    assert (today["waiting"], today["seq"]) == ([], 0)
    assert today["epoch"] != yesterday["epoch"]
    assert await issue(house) == "B-001"
    await settle(house)
    assert screen.last()["waiting"] == [["B", 1, 1]]
    assert here.last() == yesterday  # a phone stays with its ticket's day


async def test_ticks_go_to_everyone(house: House) -> None:
    wires = [Wire(house, f"branch={RSUD}&queue={CHILDREN}") for _ in range(450)]
    await house.hub.tick()
    while any(wire.frames()[-1]["type"] != "tick" for wire in wires):
        await asyncio.sleep(0)


async def test_stopping_says_goodbye_with_1001_and_lets_nobody_in(house: House) -> None:
    screen = Wire(house, f"branch={RSUD}")
    await house.hub.part(0)
    assert screen.written.endswith(b"\x88\x02" + (1001).to_bytes(2, "big"))
    late = Wire(house, f"branch={RSUD}")
    assert (late.status, late.is_closed) == (503, True)


async def test_a_server_that_is_full_says_1013(tmp_path: Path) -> None:
    async with a_house(tmp_path / "full") as house:
        await house.floors.get_today(RSUD)
        house.hub.max_connections = 1
        assert Wire(house, f"branch={RSUD}").frames()
        second = Wire(house, f"branch={RSUD}")
        assert (1013).to_bytes(2, "big") in second.written
        assert not second.frames()
