"""Where the team is concerns everybody who waits for it; and a screen shows the stops that there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from queue_service.domain.events import to_ms
from queue_service.domain.trip_actions import CancelTrip, HeadFor, PlanTrip, ReachStop, ReclaimFromField, TakeToField
from queue_service.domain.trip_events import TripStop
from queue_service.tokens import TicketName
from queue_service.web import trips
from queue_service.web.house import House
from queue_service.web.trips import Spot
from tests.houses import Clock
from tests.records.outreach.cast import MONDAY_EIGHT, TEAM, VILLAGE, an_outreach_house, received
from tests.stream.wires import Wire, settle

TODAY = MONDAY_EIGHT.date()
STAFF = "clerk:test"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path, Clock(MONDAY_EIGHT)) as house:
        await house.floors.get_today(TEAM)
        yield house


async def plan(house: House, letters: str) -> None:
    stops = (
        TripStop(
            letter,
            letter.upper(),
            VILLAGE,
            f"Desa {letter}",
            datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=UTC),
            datetime(TODAY.year, TODAY.month, TODAY.day, hour + 1, tzinfo=UTC),
        )
        for hour, letter in enumerate(letters, 2)
    )
    await house.desk.act(TEAM, PlanTrip(tuple(stops), 50, 1), STAFF)
    await settle(house)


async def test_whoever_waits_at_a_later_stop_hears_of_each_step_of_the_team(house: House) -> None:
    await plan(house, "ab")
    await trips.assign(house, (await received(house)).id, Spot(TEAM, TODAY, "b"), STAFF)
    await settle(house)
    phone = Wire(house, f"ticket={house.tokens.token_of(TicketName(TEAM, TODAY, 'B-001'))}")
    assert phone.last("ticket")["trip"]["coming"] == "hour"
    told = []
    for action in (HeadFor("a"), ReachStop("a"), HeadFor("b"), ReachStop("b")):
        await house.desk.act(TEAM, action, STAFF)
        await settle(house)
        told.append((phone.last("ticket")["trip"]["coming"], phone.last("ticket")["trip"]["stops"]))
    assert told == [("live", 1), ("live", 1), ("live", 0), ("there", 0)]
    assert phone.last()["trip"]["coming"] == "there"
    assert "away" not in phone.last()
    await house.desk.act(TEAM, TakeToField("lease", "Laptop 1"), STAFF)
    await settle(house)
    assert phone.last()["away"] == to_ms(house.floors.clock())
    await house.desk.act(TEAM, ReclaimFromField("lease"), STAFF)
    await settle(house)
    assert "away" not in phone.last()
    await house.desk.act(TEAM, CancelTrip("Mobil rusak."), STAFF)
    await settle(house)
    assert phone.last("ticket")["trip"]["coming"] == "cancelled" and phone.last("notice")["text"] == "Mobil rusak."


async def test_a_screen_that_was_there_before_the_trip_shows_its_stops(house: House) -> None:
    screen = Wire(house, f"branch={TEAM}")
    assert screen.status == 101 and screen.frames() == []
    await plan(house, "a")
    assert [frame["queue"] for frame in screen.frames()] == ["a"]
    await plan(house, "abc")
    await house.desk.act(TEAM, HeadFor("c"), STAFF)
    await settle(house)
    assert {frame["queue"] for frame in screen.frames()} == {"a", "b", "c"}
    assert screen.last()["trip"]["coming"] == "live"
