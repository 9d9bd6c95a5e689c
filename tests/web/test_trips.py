"""Requests on trips: put there, moved, taken out, and what becomes of them when a trip is cancelled."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from queue_service.domain.actions import Action
from queue_service.domain.errors import NotAllowed, QuotaFull, SlotFull
from queue_service.domain.requesting import Withdraw
from queue_service.domain.requests import OutreachRequest, State
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Delist, PlanTrip, TakeToField
from queue_service.web import trips
from queue_service.web.house import House
from queue_service.web.trips import Spot
from tests.records.outreach.cast import TEAM, TRIP_DAY, an_outreach_house, plan_trip, received

NEXT_DAY = TRIP_DAY + timedelta(days=1)
HERE, THERE = Spot(TEAM, TRIP_DAY, "a"), Spot(TEAM, NEXT_DAY, "a")
STAFF = "clerk:test"


async def statuses(house: House, day: date = TRIP_DAY) -> list[Status]:
    return [ticket.status for ticket in (await house.floors.get((TEAM, day))).tickets.values()]


def labels(request: OutreachRequest) -> list[tuple[date, str, tuple[tuple[str, str], ...]]]:
    return [(visit.day, visit.queue, visit.labels) for visit in request.visits]


async def test_a_request_and_its_tickets_are_one(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        request = await trips.assign(house, (await received(house)).id, HERE, STAFF)
        assert request.state is State.SCHEDULED
        assert labels(request) == [(TRIP_DAY, "a", (("1", "A-001"), ("2", "A-002")))]
        floor = await house.floors.get((TEAM, TRIP_DAY))
        assert [ticket.minutes for ticket in floor.tickets.values()] == [15, 10]
        assert await trips.holders(house, (TEAM, TRIP_DAY)) == {"A-001": (request.id, "1"), "A-002": (request.id, "2")}
        with pytest.raises(NotAllowed, match="has a visit"):
            await trips.assign(house, request.id, HERE, STAFF)
        assert len(floor.tickets) == 2


async def test_a_request_that_does_not_fit_stays_as_it_was(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        stop = (await house.floors.get((TEAM, TRIP_DAY))).trip.stops[0]  # type: ignore[union-attr]
        await house.desk.act(TEAM, PlanTrip((stop,), 1, 1), STAFF, day=TRIP_DAY)
        request = await received(house)
        with pytest.raises((QuotaFull, SlotFull)):
            await trips.assign(house, request.id, HERE, STAFF)
        assert await house.requests.get(request.id) == request
        await trips.assign(house, request.id, HERE, STAFF, people=["2"])
        assert [one.id for one in (await house.requests.get(request.id)).waiting] == ["1"]


async def test_who_moves_has_the_new_place_before_the_old_one_is_free(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        await plan_trip(house, NEXT_DAY)
        request = await trips.assign(house, (await received(house)).id, HERE, STAFF)
        with pytest.raises(NotAllowed, match="could be moved"):
            await trips.move(house, request.id, HERE, STAFF)
        moved = await trips.move(house, request.id, THERE, STAFF, people=["2"])
        assert labels(moved) == [(TRIP_DAY, "a", (("1", "A-001"),)), (NEXT_DAY, "a", (("2", "A-001"),))]
        assert await statuses(house) == [Status.BOOKED, Status.CANCELLED]
        moved = await trips.move(house, request.id, THERE, STAFF)
        assert {visit.day for visit in moved.visits} == {NEXT_DAY}
        assert await statuses(house) == [Status.CANCELLED, Status.CANCELLED]
        assert await statuses(house, NEXT_DAY) == [Status.BOOKED, Status.BOOKED]


class Died(BaseException):
    """This process, at that moment."""


async def test_a_death_on_the_way_to_another_trip_leaves_no_place_behind(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        await plan_trip(house, NEXT_DAY)
        request = await trips.assign(house, (await received(house)).id, HERE, STAFF)
        act = house.desk.act

        async def dying(branch: str, action: Action, by: str, **rest: Any) -> dict[str, Any]:
            if isinstance(action, Delist):
                raise Died
            return await act(branch, action, by, **rest)

        house.desk.__dict__["act"] = dying
        with pytest.raises(Died):
            await trips.move(house, request.id, THERE, STAFF)
        assert await statuses(house) == await statuses(house, NEXT_DAY) == [Status.BOOKED] * 2
        assert await house.requests.owed(request.id) == {(TEAM, TRIP_DAY): ["A-001", "A-002"]}
    async with an_outreach_house(tmp_path) as house:
        async with asyncio.timeout(20):
            while await house.requests.owed():
                await asyncio.sleep(0.05)
        assert await statuses(house) == [Status.CANCELLED] * 2
        assert await statuses(house, NEXT_DAY) == [Status.BOOKED] * 2
        assert {visit.day for visit in (await house.requests.get(request.id)).visits} == {NEXT_DAY}
        assert not (await house.people.get((TEAM, TRIP_DAY, "A-001"))).values


async def test_nobody_is_moved_from_a_day_that_is_in_the_field(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        await plan_trip(house, NEXT_DAY)
        request = await trips.assign(house, (await received(house)).id, HERE, STAFF)
        await house.desk.act(TEAM, TakeToField("lease", "Laptop 1"), STAFF, day=TRIP_DAY)
        with pytest.raises(NotAllowed, match="in the field"):
            await trips.move(house, request.id, THERE, STAFF)
        assert await house.requests.get(request.id) == request
        assert await statuses(house, NEXT_DAY) == []


async def test_what_is_taken_out_waits_again_with_its_promise(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        before = await received(house)
        await trips.assign(house, before.id, HERE, STAFF)
        after = await trips.take_out(house, before.id, "Jembatan putus.", STAFF)
        assert (after.visits, after.promised_by, after.reason) == ((), before.promised_by, "Jembatan putus.")
        assert len(after.waiting) == 2 and await statuses(house) == [Status.CANCELLED] * 2


async def test_a_cancelled_trip_leaves_no_request_behind(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        requests = [await received(house) for _ in range(2)]
        for request in requests:
            await trips.assign(house, request.id, HERE, STAFF)
        assert await trips.cancel_trip(house, (TEAM, TRIP_DAY), "Mobil rusak.", STAFF) == 2
        assert await trips.cancel_trip(house, (TEAM, TRIP_DAY), "Mobil rusak.", STAFF) == 0
        floor = await house.floors.get((TEAM, TRIP_DAY))
        assert floor.trip is not None and floor.trip.is_cancelled and floor.notices[0].text == "Mobil rusak."
        assert {request.id for request in await house.requests.open(requests[0].office)} == {one.id for one in requests}
        with pytest.raises(NotAllowed, match="cancelled"):
            await trips.assign(house, requests[0].id, HERE, STAFF)


async def test_two_who_give_the_same_people_a_visit_give_them_one(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        await plan_trip(house, NEXT_DAY)
        request = await received(house)
        both = (trips.assign(house, request.id, spot, STAFF) for spot in (HERE, THERE))
        ended = await asyncio.gather(*both, return_exceptions=True)
        assert sum(isinstance(one, NotAllowed) for one in ended) == 1
        after = await house.requests.get(request.id)
        (visit,) = after.visits
        lost = NEXT_DAY if visit.day == TRIP_DAY else TRIP_DAY
        assert await statuses(house, visit.day) == [Status.BOOKED] * 2
        assert set(await statuses(house, lost)) <= {Status.CANCELLED}


async def test_whoever_withdraws_in_the_same_moment_has_no_visit(tmp_path: Path) -> None:
    async with an_outreach_house(tmp_path) as house:
        await plan_trip(house)
        request = await received(house)
        found = await house.requests.get(request.id)

        async def as_it_was(_: str) -> OutreachRequest:
            house.requests.__dict__.pop("get")
            await house.requests.act(request.id, Withdraw(), "visitor", house.floors.clock())
            return found

        house.requests.__dict__["get"] = as_it_was
        with pytest.raises(NotAllowed, match="changed by somebody else"):
            await trips.assign(house, request.id, HERE, STAFF)
        assert (await house.requests.get(request.id)).state is State.WITHDRAWN
        assert await statuses(house) == [Status.CANCELLED] * 2
