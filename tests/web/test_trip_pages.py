"""The office's pages for trips: planned by hand, proposed, followed, and what is refused in words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2

from queue_service.domain.requests import Dates, State
from queue_service.domain.tickets import Status
from queue_service.domain.trips import StopState
from queue_service.records.outreach.proposals import Stage
from queue_service.records.roles import Role
from queue_service.web import planning, trips
from queue_service.web.house import House
from queue_service.web.trips import Spot
from tests.houses import a_visitor
from tests.records.outreach.cast import (
    MONDAY_EIGHT,
    NAME,
    OFFICE,
    OTHER_VILLAGE,
    PHONE,
    TEAM,
    TRIP_DAY,
    an_outreach_house,
    plan_trip,
    received,
)

TRIPS = f"/office/trips/{OFFICE}"
TRIP = f"{TRIPS}/{TEAM}/{TRIP_DAY}"
STOPS = {
    "queue": ["", "", ""],
    "village": ["Kembang Ayun, Tanjungsakti Pumu", "Talang Jawa, Lahat", ""],
    "name": ["Balai desa", "", ""],
    "arrives": ["11:00", "08:00", ""],
    "leaves": ["13:00", "09:30", ""],
}


@asynccontextmanager
async def an_office(folder: Path, role: Role = Role.ADMINISTRATOR) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    async with an_outreach_house(folder) as house, a_visitor(house) as staff:
        branch = None if role is Role.ADMINISTRATOR else OFFICE
        key = await house.keys.create(role, branch, house.floors.clock())
        staff.headers["Authorization"] = f"Bearer {key}"
        yield house, staff


async def sent(staff: httpx2.AsyncClient, address: str, **fields: Any) -> httpx2.Response:
    return await staff.post(address, data=fields)


async def test_a_trip_is_planned_by_hand_and_requests_are_put_on_it(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        request = await received(house)
        assert "Kembang Ayun" not in (await staff.get(f"{TRIPS}?from={TRIP_DAY}")).text
        assert (await sent(staff, TRIP, do="save", **STOPS)).status_code == 303
        floor = await house.floors.get((TEAM, TRIP_DAY))
        assert floor.trip is not None
        assert [(stop.queue, stop.village, stop.name) for stop in floor.trip.stops] == [
            ("b", OTHER_VILLAGE, "Talang Jawa"),
            ("a", "16.04.01.2001", "Balai desa"),
        ]
        page = (await staff.get(TRIP)).text
        assert page.index("Talang Jawa") < page.index("Balai desa") and request.id in page
        assert (await sent(staff, TRIP, do="assign:a", request=request.id)).status_code == 303
        assert (await house.requests.get(request.id)).state is State.SCHEDULED
        page = (await staff.get(TRIP)).text
        assert "A-001" in page and NAME not in page
        assert "2/50" in (await staff.get(f"{TRIPS}?from={TRIP_DAY}")).text


async def test_stops_that_cannot_be_are_refused_and_what_was_typed_still_stands(tmp_path: Path) -> None:
    wrong = (
        ({"village": ["Atlantis", "Talang Jawa, Lahat", ""]}, "Atlantis"),
        ({"arrives": ["08:15", "08:00", ""]}, "Balai desa"),
        ({"leaves": ["10:00", "09:30", ""]}, "Balai desa"),
        ({"leaves": ["", "09:30", ""]}, "09:30"),
    )
    async with an_office(tmp_path) as (house, staff):
        for changes, words in wrong:
            refused = await sent(staff, TRIP, do="save", **{**STOPS, **changes})
            assert refused.status_code == 422
            assert words in refused.text.partition('role="alert"')[2][:300]
            assert 'value="Balai desa"' in refused.text
        assert (await house.floors.get((TEAM, TRIP_DAY))).trip is None


async def test_stops_change_places_and_times_are_reckoned_before_they_are_saved(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        await sent(staff, TRIP, do="save", **STOPS)
        rows = {
            "queue": ["b", "a"],
            "village": ["Talang Jawa, Lahat", "Kembang Ayun, Tanjungsakti Pumu"],
            "name": ["", "Balai desa"],
            "arrives": ["08:00", "11:00"],
            "leaves": ["09:30", "13:00"],
        }
        up = (await sent(staff, TRIP, do="up:1", **rows)).text
        assert re.findall(r'name="queue" value="(\w)"', up) == ["a", "b"]
        reckoned = (await sent(staff, TRIP, do="reckon", **rows)).text
        times = re.findall(r'type="time" value="([\d:]*)"', reckoned)
        assert times[:3] == ["08:00", "09:30", "12:48"]  # by road, and ten minutes to set up
        floor = await house.floors.get((TEAM, TRIP_DAY))
        assert [stop.queue for stop in floor.trip.stops] == ["b", "a"]  # type: ignore[union-attr]


async def test_the_team_says_where_it_is_and_what_came_of_each_visit(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        await plan_trip(house)
        await trips.assign(house, (await received(house)).id, Spot(TEAM, TRIP_DAY, "a"), "clerk:test")
        early = await sent(staff, TRIP, do="head:a")
        assert early.status_code == 409
        house.floors.clock.turn(days=(TRIP_DAY - MONDAY_EIGHT.date()).days)  # type: ignore[attr-defined]
        for what, state in (("head", StopState.HEADED_FOR), ("reach", StopState.THERE), ("leave", StopState.LEFT)):
            assert (await sent(staff, TRIP, do=f"{what}:a")).status_code == 303
            assert (await house.floors.get((TEAM, TRIP_DAY))).trip.state_of("a") is state  # type: ignore[union-attr]
        assert (await sent(staff, TRIP, do="result:A-001", result="absent")).status_code == 303
        assert (await sent(staff, TRIP, do="result:A-001", result="gone")).status_code == 422
        assert (await house.floors.get((TEAM, TRIP_DAY))).ticket("A-001").result == "absent"


async def test_requests_are_moved_and_taken_out_and_a_trip_is_cancelled(tmp_path: Path) -> None:
    next_day = TRIP_DAY + timedelta(days=1)
    async with an_office(tmp_path) as (house, staff):
        for day in (TRIP_DAY, next_day):
            await plan_trip(house, day)
        request = await trips.assign(house, (await received(house)).id, Spot(TEAM, TRIP_DAY, "a"), "clerk:test")
        assert f'value="{TEAM} {next_day} a"' in (await staff.get(TRIP)).text
        assert (await sent(staff, TRIP, do=f"move:{request.id}", to=f"{TEAM} {next_day} a")).status_code == 303
        assert (await house.requests.get(request.id)).visit.day == next_day  # type: ignore[union-attr]
        gone = await sent(staff, TRIP, do=f"move:{request.id}", to=f"{TEAM} {next_day} a")
        assert gone.status_code == 404
        address = f"{TRIPS}/{TEAM}/{next_day}"
        assert (await sent(staff, address, do=f"out:{request.id}", reason="Jalan longsor.")).status_code == 303
        assert (await house.requests.get(request.id)).reason == "Jalan longsor."
        assert (await sent(staff, address, do="cancel", text="")).status_code == 422
        assert (await sent(staff, address, do="cancel", text="Mobil rusak.")).status_code == 303
        assert "dibatalkan" in (await staff.get(address)).text


async def test_the_list_for_the_team_has_names_and_that_it_was_printed_is_noted(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        await plan_trip(house)
        await trips.assign(house, (await received(house)).id, Spot(TEAM, TRIP_DAY, "a"), "clerk:test")
        listed = (await staff.get(f"{TRIP}/list")).text
        assert NAME in listed and PHONE in listed and "A-002" in listed
        assert "trip.list_printed" in (await staff.get("/api/v1/audit")).text


async def test_a_clerk_of_the_office_plans_but_prints_no_names(tmp_path: Path) -> None:
    async with an_office(tmp_path, Role.CLERK) as (_, staff):
        assert (await staff.get(TRIP)).status_code == 200
        assert (await staff.get(f"{TRIP}/list")).status_code == 403
        assert (await sent(staff, TRIP, do="save", **STOPS)).status_code == 303
        assert (await sent(staff, TRIP, do="head:a")).status_code == 403  # it is not of the team


async def test_where_there_is_no_trip_there_is_nothing(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (_, staff):
        for address in (f"{TRIPS}/{OFFICE}/{TRIP_DAY}", f"{TRIPS}/{TEAM}/tomorrow", "/office/trips/bola-1"):
            assert (await staff.get(address)).status_code == 404


async def proposed(house: House, staff: httpx2.AsyncClient) -> str:
    """The page, once it is there."""
    assert (await sent(staff, f"{TRIPS}/proposal", do="ask")).status_code == 303
    async with asyncio.timeout(30):
        while (kept := await planning.proposal_of(house, OFFICE)) is None or kept.stage is Stage.BEGUN:
            await asyncio.sleep(0.05)
    assert kept.stage is Stage.MADE
    return (await staff.get(f"{TRIPS}/proposal")).text


def number_in(page: str) -> str:
    found = re.search(r'name="number" value="(\w+)"', page)
    assert found is not None
    return found[1]


async def test_a_proposal_is_explained_and_accepted_as_far_as_things_are_as_they_were(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        stays, goes = [await received(house) for _ in range(2)]
        page = await proposed(house, staff)
        assert stays.id in page and "menit dari pangkalan" in page and "Janji terdekat" in page
        await trips.take_out(house, goes.id, "x", "clerk:test")  # without a visit there is nothing to take out
        await plan_trip(house)
        await trips.assign(house, goes.id, Spot(TEAM, TRIP_DAY, "a"), "clerk:test")
        old = await sent(staff, f"{TRIPS}/proposal", do="all", number="0" * 16)
        assert old.status_code == 409 and await house.requests.get(stays.id) == stays
        accepted = await sent(staff, f"{TRIPS}/proposal", do="all", number=number_in(page))
        assert accepted.status_code == 409 and goes.id in accepted.text.partition('role="alert"')[2][:600]
        visit = (await house.requests.get(stays.id)).visit
        assert visit is not None and visit.day < TRIP_DAY
        again = await sent(staff, f"{TRIPS}/proposal", do="all", number=number_in(page))
        assert again.status_code == 409
        floor = await house.floors.get((TEAM, visit.day))
        assert [ticket.status for ticket in floor.tickets.values()] == [Status.BOOKED] * 2


async def test_a_day_that_has_a_trip_by_now_is_refused(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        sunday = date(2026, 11, 29)
        request = await received(house, dates=Dates(sunday, sunday))
        page = await proposed(house, staff)
        assert f"Tidak pada hari yang diminta {request.id}" in page and "1 permohonan mendapat hari lain" in page
        await plan_trip(house, date(2026, 11, 24))
        refused = await sent(staff, f"{TRIPS}/proposal", do="all", number=number_in(page))
        assert refused.status_code == 409 and "Tim 1" in refused.text
        assert await house.requests.get(request.id) == request


async def test_planning_that_nobody_ended_has_failed(tmp_path: Path) -> None:
    async with an_office(tmp_path) as (house, staff):
        begun = int((MONDAY_EIGHT - timedelta(hours=1)).timestamp() * 1000)
        await house.database.write(
            lambda connection: planning.begin_proposal(connection, OFFICE, "0" * 16, begun)  # type: ignore[attr-defined]
        )
        assert (await planning.proposal_of(house, OFFICE)).stage is Stage.FAILED  # type: ignore[union-attr]
        assert (await staff.get(f"{TRIPS}/proposal")).status_code == 200
