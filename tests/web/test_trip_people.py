"""What people of the village see of a trip, and what they may do: wait for it, book a place, and choose anew."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from queue_service.domain.actions import SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.requests import OutreachRequest, State
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import HeadFor, PlanTrip, ReachStop
from queue_service.domain.trip_events import TripStop
from queue_service.tokens import TicketName
from queue_service.web import trips
from queue_service.web.house import House
from queue_service.web.travelling import travel_of
from queue_service.web.trips import Spot
from tests.houses import Clock, a_visitor
from tests.records.outreach.cast import MONDAY_EIGHT, OFFICE, TEAM, VILLAGE, an_outreach_house, received

TODAY = MONDAY_EIGHT.date()
TOMORROW = TODAY + timedelta(days=1)
STAFF = "clerk:test"
NEIGHBOUR, FAR = "16.04.01.2003", "16.04.10.1037"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path, Clock(MONDAY_EIGHT)) as house:
        await plan(house, 0, ("a", FAR, 2), ("b", VILLAGE, 4))
        yield house


@pytest.fixture
async def visitor(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    async with a_visitor(house) as visitor:
        yield visitor


async def plan(house: House, ahead: int, *stops: tuple[str, str, int]) -> None:
    """`stops`: their letters, villages, and hours of the day (UTC), each for an hour."""
    day = TODAY + timedelta(days=ahead)
    made = []
    for letter, village, hour in stops:
        arrives = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        made.append(TripStop(letter, letter.upper(), village, f"Desa {letter}", arrives, arrives + timedelta(hours=1)))
    await house.desk.act(TEAM, PlanTrip(tuple(made), 50, 1), STAFF, day=day)


async def visited(house: House) -> OutreachRequest:
    return await trips.assign(house, (await received(house)).id, Spot(TEAM, TODAY, "b"), STAFF)


def page_of(house: House, label: str = "B-001") -> str:
    return f"/t/{house.tokens.token_of(TicketName(TEAM, TODAY, label))}"


async def test_a_number_tells_the_hour_and_then_how_far_the_team_is(house: House, visitor: httpx2.AsyncClient) -> None:
    await visited(house)
    page, api = page_of(house), f"/api/v1/tickets/{page_of(house)[3:]}"
    assert "antara pukul 10.30 dan 12.00" in (await visitor.get(page)).text
    assert (await visitor.get(api)).json()["trip"]["coming"] == "hour"
    await house.desk.act(TEAM, HeadFor("a"), STAFF)
    assert "Tim masih 1 perhentian lagi, sekitar 11.00–11.10" in (await visitor.get(page)).text
    snapshot = (await visitor.get(f"/api/v1/branches/{TEAM}/queues/b")).json()
    assert (snapshot["trip"]["coming"], snapshot["trip"]["stops"]) == ("live", 1)
    early = await visitor.post(f"{page}/check-in")
    assert early.status_code == 409
    await house.desk.act(TEAM, ReachStop("b"), STAFF)
    assert "Tim sudah di sini." in (await visitor.get(page)).text
    assert (await visitor.post(f"{page}/check-in")).status_code == 303


async def test_whose_visit_is_cancelled_chooses_a_stop_nearby(house: House, visitor: httpx2.AsyncClient) -> None:
    await plan(house, 1, ("a", FAR, 2), ("b", NEIGHBOUR, 4))
    request = await visited(house)
    await trips.cancel_trip(house, (TEAM, TODAY), "Mobil rusak.", STAFF)
    shown = (await visitor.get(page_of(house))).text
    assert "Mobil rusak." in shown and f"permohonan {request.id} menunggu" in shown and f'href="/b/{OFFICE}"' in shown
    assert re.findall(r'name="stop" value="([^"]+)"', shown) == [f"{TEAM} {TOMORROW} b"]
    chosen = [await visitor.post(f"{page_of(house)}/visit", data={"stop": f"{TEAM} {TOMORROW} b"}) for _ in range(2)]
    assert [answer.status_code for answer in chosen] == [303, 303]
    assert chosen[0].headers["location"] == chosen[1].headers["location"]
    after = await house.requests.get(request.id)
    assert [(visit.day, visit.labels) for visit in after.visits] == [(TOMORROW, (("1", "B-001"),))]
    assert [one.id for one in after.waiting] == ["2"]
    assert "Ke nomor baru Anda" in (await visitor.get(page_of(house))).text


@pytest.mark.parametrize("stop", ["", "elsewhere 2026-11-24 a", f"{TEAM} tomorrow a", f"{TEAM} {TOMORROW} z"])
async def test_a_stop_that_is_not_there_is_refused(house: House, visitor: httpx2.AsyncClient, stop: str) -> None:
    request = await visited(house)
    refused = await visitor.post(f"{page_of(house)}/visit", data={"stop": stop})
    assert refused.status_code == 409  # the visit still stands
    await trips.cancel_trip(house, (TEAM, TODAY), "Mobil rusak.", STAFF)
    refused = await visitor.post(f"{page_of(house)}/visit", data={"stop": stop})
    assert refused.status_code in (404, 422)
    assert (await house.requests.get(request.id)).state is State.PRE_CHECK


async def test_a_free_place_is_booked_by_phone_once_for_a_tap(house: House, visitor: httpx2.AsyncClient) -> None:
    assert (await visitor.get(f"/b/{TEAM}/book")).headers["location"] == f"/b/{TEAM}/stops"
    page = (await visitor.get(f"/b/{TEAM}/stops")).text
    assert "Desa a" in page and "50 tempat tersisa" in page
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None
    form = {"key": key[1], "slot": f"{TODAY} b", "service": "kia"}
    taken = [await visitor.post(f"/b/{TEAM}/stops", data=form) for _ in range(2)]
    assert taken[0].headers["location"] == taken[1].headers["location"] == page_of(house)
    floor = await house.floors.get((TEAM, TODAY))
    assert [ticket.minutes for ticket in floor.tickets.values()] == [10]
    for wrong in ({"service": "paspor"}, {"slot": "x"}, {"slot": f"{TODAY} z"}):
        assert (await visitor.post(f"/b/{TEAM}/stops", data={**form, **wrong})).status_code in (404, 422)
    assert (await visitor.get(f"/b/{OFFICE}/stops")).status_code == 404
    await trips.cancel_trip(house, (TEAM, TODAY), "Mobil rusak.", STAFF)
    await plan(house, 1, ("a", NEIGHBOUR, 2))
    moved = await visitor.post(f"{page_of(house)}/visit", data={"stop": f"{TEAM} {TOMORROW} a"})
    assert moved.status_code == 303
    assert [t.minutes for t in (await house.floors.get((TEAM, TOMORROW))).tickets.values()] == [10]


async def test_numbers_are_given_and_called_where_the_team_is(house: House, visitor: httpx2.AsyncClient) -> None:
    tickets = f"/b/{TEAM}/tickets"
    assert (await visitor.post(tickets, data={"queue": "a"})).status_code == 409
    shown = (await visitor.get(f"/b/{TEAM}")).text
    assert "Desa a" in shown and 'name="queue"' not in shown
    await house.desk.act(TEAM, ReachStop("a"), STAFF)
    assert 'name="queue" value="a"' in (await visitor.get(f"/b/{TEAM}")).text
    assert (await visitor.post(tickets, data={"queue": "a"})).status_code == 303
    answer = await visitor.post(f"/api/v1/branches/{TEAM}/tickets", json={"queue": "a"})
    assert answer.json()["label"] == "A-002"
    kiosk = await visitor.post(f"/kiosk/{TEAM}", data={"queue": "a"})
    assert kiosk.status_code == 200 and "A-003" in kiosk.text
    assert "Desa b" in (await visitor.get(f"/lobby/{TEAM}")).text
    await house.desk.act(TEAM, SetCounter("1", CounterState.OPEN), STAFF)
    floor = await house.floors.get((TEAM, TODAY))
    assert [ticket.status for ticket in floor.tickets.values()] == [Status.WAITING] * 3
    assert floor.first_in_line(["a", "b"], house.floors.clock()) is not None


async def test_measured_minutes_are_used_as_soon_as_they_are_there(house: House) -> None:
    office = house.branches.get(OFFICE)
    reckoned = travel_of(house, office).minutes(VILLAGE, NEIGHBOUR)
    folder = house.settings.data_dir / "travel"
    folder.mkdir()
    (folder / "1604.csv").write_text(f"from,to,minutes\n{NEIGHBOUR},{VILLAGE},99\n")
    assert reckoned != 99 and travel_of(house, office).minutes(VILLAGE, NEIGHBOUR) == 99
    assert office.outreach is not None
    slower = replace(office, outreach=replace(office.outreach, kilometres_an_hour=10))
    assert travel_of(house, slower).minutes(VILLAGE, FAR) > travel_of(house, office).minutes(VILLAGE, FAR) * 2
