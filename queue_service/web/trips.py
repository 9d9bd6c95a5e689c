"""Trips at the desk: planned and cancelled, requests put on them, moved and taken out.

What happens to tickets and to a request's own journal is one transaction; on the way from one stop to another somebody
has the new place first, and only then gives up the old one. That it is still to be given up is durable with the first:
whatever breaks between, `give_back` does it later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotAllowed, NotFound, Refusal
from queue_service.domain.events import Booked, Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.outreach import OutreachService, Team
from queue_service.domain.request_events import RequestEvent, TakenOut
from queue_service.domain.requests import OutreachRequest, Person, Step, Visit
from queue_service.domain.tickets import Status
from queue_service.domain.travelling import check_writable
from queue_service.domain.trip_actions import CancelTrip, Delist, Enlist, PlanTrip
from queue_service.domain.trip_events import TripStop
from queue_service.journal import Beside, Request
from queue_service.journal.appends import Place
from queue_service.records.outreach.owed import held_by
from queue_service.records.outreach.requests import given_back
from queue_service.records.outreach.visits import Holder, holders_at
from queue_service.web.house import House

log = logging.getLogger("antrean.trips")

Json = dict[str, Any]
Write = Callable[[Connection, Place, Sequence[Entry]], None]

MOVED = "moved"
LOOKED_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Spot:
    """A stop of a team's day."""

    team: str
    day: date
    queue: str

    @property
    def place(self) -> Place:
        return self.team, self.day


def teams_of(house: House, office: str) -> list[Branch]:
    return [
        branch for branch in house.branches.all.values() if branch.team is not None and branch.team.office == office
    ]


def team_at(house: House, branch: str) -> tuple[Branch, Team]:
    """Raises NotFound."""
    plan = house.branches.get(branch)
    if plan.team is None:
        raise NotFound("There is nothing at this address.")
    return plan, plan.team


async def trips_between(house: House, teams: Sequence[Branch], first: date, last: date) -> dict[Place, Floor]:
    """The days on which there is a trip; of the others not even the journal is read."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    ends = await house.journal.ends([(team.id, day) for team in teams for day in days]) if teams and days else {}
    floors = {place: await house.floors.get(place) for place, end in ends.items() if end}
    return {place: floor for place, floor in floors.items() if floor.trip is not None}


def minutes_of(house: House, office: str, person: Person) -> int:
    """That this person takes; a service that is set up no more takes what one takes otherwise."""
    plan = house.branches.all.get(office)
    known = plan.outreach.services.get(person.service) if plan is not None and plan.outreach is not None else None
    return OutreachService.minutes if known is None else known.minutes


async def plan_trip(house: House, place: Place, stops: Sequence[TripStop], by: str) -> None:
    """Raises what `act` does."""
    _, team = team_at(house, place[0])
    floor = await house.floors.get(place)
    capacity, sets = (floor.trip.capacity, floor.trip.sets) if floor.trip is not None else (team.capacity, team.sets)
    await house.desk.act(place[0], PlanTrip(tuple(stops), capacity, sets), by, day=place[1])


async def assign(house: House, request_id: str, spot: Spot, by: str, people: Collection[str] = ()) -> OutreachRequest:
    """Those who have no visit yet; of them these `people`, or all. Raises a Refusal."""
    request = await house.requests.get(request_id)
    request.check(Step.SCHEDULE)
    wanted = [one for one in request.waiting if not people or one.id in people]
    if not wanted:
        raise NotAllowed("Everybody of request {request} has a visit, or can have none.", request=request.id)
    labels = await _enlist(house, request, wanted, spot, by, [])
    return await _settled(house, request, spot, labels, by)


async def move(house: House, request_id: str, spot: Spot, by: str, people: Collection[str] = ()) -> OutreachRequest:
    """To another stop: of those who have a visit these `people`, or all. Raises a Refusal; then they stay."""
    request = await house.requests.get(request_id)
    visits = [_part_of(visit, people) for visit in request.visits]
    left = [visit for visit in visits if visit.labels and (visit.branch, visit.day, visit.queue) != _named(spot)]
    placed = {person for visit in left for person in visit.people}
    wanted = [one for one in request.people if one.id in placed]
    if not wanted:
        raise NotAllowed("Nobody of request {request} has a visit that could be moved.", request=request.id)
    for visit in left:
        await _check_free(house, visit)
    labels = await _enlist(house, request, wanted, spot, by, [TakenOut(tuple(one.id for one in wanted), MOVED)])
    return await _settled(house, request, spot, labels, by)


def _named(spot: Spot) -> tuple[str, date, str]:
    return spot.team, spot.day, spot.queue


def _part_of(visit: Visit, people: Collection[str]) -> Visit:
    labels = tuple(pair for pair in visit.labels if not people or pair[0] in people)
    return Visit(visit.branch, visit.day, visit.queue, labels)


async def _check_free(house: House, visit: Visit) -> None:
    """That none of them has come yet, and that the day is not in the field. Raises NotAllowed."""
    floor = await house.floors.get((visit.branch, visit.day))
    check_writable(floor)
    for _, label in visit.labels:
        ticket = floor.ticket(label)
        if ticket.status not in (Status.BOOKED, Status.CANCELLED):
            raise NotAllowed("{label} has come already, and is not moved any more.", label=label)


async def take_out(
    house: House, request_id: str, reason: str, by: str, people: Collection[str] = ()
) -> OutreachRequest:
    """Of their visit; the request waits for another, and its promise holds. Raises a Refusal."""
    request = await house.requests.get(request_id)
    for visit in (_part_of(visit, people) for visit in request.visits):
        if visit.labels:
            gone = tuple(person for person, _ in visit.labels)
            await _leave(house, visit, by, request.id, TakenOut(gone, reason))
    return await house.requests.get(request_id)


async def cancel_trip(house: House, place: Place, text: str, by: str) -> int:
    """Everybody is told; each request waits for the next trip. How many these are. May be repeated. Raises a
    Refusal."""
    await house.desk.act(place[0], CancelTrip(text), by, day=place[1])
    concerned = await house.requests.of_visit(*place)
    for request in concerned:
        people = {one for visit in request.visits if (visit.branch, visit.day) == place for one in visit.people}
        await take_out(house, request.id, text, by, people)
    floor = await house.floors.get(place)
    alone = tuple(ticket.label for ticket in floor.tickets.values() if ticket.status is Status.BOOKED)
    if alone:  # booked by phone, for themselves
        await house.desk.act(place[0], Delist(alone), by, day=place[1])
    return len(concerned)


async def _enlist(
    house: House,
    request: OutreachRequest,
    people: Sequence[Person],
    spot: Spot,
    by: str,
    before: Sequence[RequestEvent],
) -> list[str]:
    """The labels, in the order of the people. The same request, as it was then, is put there once."""
    ids = [one.id for one in people]
    minutes = tuple(minutes_of(house, request.office, one) for one in people)
    ending = [house.requests.ending(request.id, event) for event in before]
    beside = Beside(_one_after_another([*ending, house.requests.scheduling(request.id, ids, spot.queue)]))
    key = f"visit {request.id} {request.seq} {spot.team} {spot.day} {spot.queue} {','.join(ids)}"
    told = await house.desk.act(
        spot.team,
        Enlist(spot.queue, minutes),
        by,
        day=spot.day,
        request=Request(key[:255], "visit"),
        answer=_labels,
        beside=beside,
    )
    return list(told["labels"])


def _labels(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    return {"labels": [event.label for event in events if isinstance(event, Booked)]}


def _one_after_another(writes: Sequence[Write]) -> Write:
    def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
        for each in writes:
            each(connection, place, entries)

    return write


async def _settled(
    house: House, before: OutreachRequest, spot: Spot, labels: Sequence[str], by: str
) -> OutreachRequest:
    """With the places that it has no more given back. Two may give visits to the same people in the same moment, and
    one may withdraw: then these are among them. Raises NotAllowed."""
    with suppress(Unavailable):  # it is durable that they are owed, and the clock goes on with it
        await give_back(house, by, before.id)
    request = await house.requests.get(before.id)
    if not held_by(request).issuperset((*spot.place, label) for label in labels):
        raise NotAllowed("Request {request} was changed by somebody else meanwhile.", request=before.id)
    return request


async def give_back(house: House, by: str, request: str | None = None) -> None:
    """Places that this request, or any, has no more: as often as one likes, in as many processes. Raises
    Unavailable."""
    for place, labels in (await house.requests.owed(request)).items():
        try:
            await _give_back(house, place, labels, by)
        except Refusal as refusal:  # somebody has come just now, or that team is not set up at present
            log.debug("Places of %s on %s are given back later: %s", *place, refusal)


async def _give_back(house: House, place: Place, labels: Sequence[str], by: str) -> None:
    """Whoever has given up their own place has none to give back, and whoever has come is not sent home."""
    floor = await house.floors.get(place)
    if floor.is_elsewhere:  # its device has the last word on them; then it is looked at again
        return
    booked = () if floor.digest else tuple(label for label in labels if _is_booked(floor, label))
    if booked:
        await house.desk.act(place[0], Delist(booked), by, day=place[1], beside=Beside(given_back))
    if others := [label for label in labels if label not in booked]:
        await house.requests.owe_no_more(place, others)


async def _leave(house: House, visit: Visit, by: str, request: str, event: RequestEvent) -> None:
    """Whoever has given up their own place already has none to give back."""
    floor = await house.floors.get((visit.branch, visit.day))
    labels = tuple(label for _, label in visit.labels if floor.ticket(label).status is not Status.CANCELLED)
    if labels:
        beside = Beside(house.requests.ending(request, event))
        await house.desk.act(visit.branch, Delist(labels), by, day=visit.day, beside=beside)
    else:
        await house.database.write(lambda connection: _tell(house, connection, request, event, by))


def _tell(house: House, connection: Connection, request: str, event: RequestEvent, by: str) -> None:
    now = house.floors.clock()
    house.requests.ending(request, event)(connection, ("", now.date()), [Entry(0, now, by, Event())])


def _is_booked(floor: Floor, label: str) -> bool:
    return label in floor.tickets and floor.tickets[label].status is Status.BOOKED


async def holders(house: House, place: Place) -> dict[str, Holder]:
    """By label: which request, and which of its people, a ticket of that day was given to."""
    return dict(await house.database.read(lambda connection: holders_at(connection, *place)))


def free_stops(floors: Sequence[Floor], now: datetime) -> Iterator[tuple[Floor, TripStop, int]]:
    """Stops still to come, with how many more may be served there: by the day's places."""
    for floor in floors:
        trip = floor.trip
        if trip is None or trip.is_cancelled or floor.lease is not None:
            continue
        left = trip.places_left(floor.tickets.values())
        for stop in trip.stops:
            if left and not trip.has_left(stop.queue) and stop.leaves > now:
                yield floor, stop, left
