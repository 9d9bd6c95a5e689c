"""Decisions about a trip: its plan, who has a time at which stop, and where the team is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from queue_service.domain import tickets
from queue_service.domain.branches import GENERAL
from queue_service.domain.errors import Invalid, NotAllowed, NotFound, QuotaFull, SlotFull
from queue_service.domain.events import NOTICE_LENGTH, Booked, Cancelled, Event, Noticed, Rescheduled
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status, Ticket, label_of
from queue_service.domain.trip_actions import (
    CancelTrip,
    Delist,
    Enlist,
    HeadFor,
    LeaveStop,
    NoteResult,
    PlanTrip,
    ReachStop,
    ReclaimFromField,
    ReturnFromField,
    TakeToField,
)
from queue_service.domain.trip_events import (
    FieldReclaimed,
    FieldReturned,
    FieldTaken,
    HeadedFor,
    ResultNoted,
    StopLeft,
    StopReached,
    TripCancelled,
    TripPlanned,
    TripStop,
)
from queue_service.domain.trips import Result, StopState, Trip, first_start

MINUTES = range(1, 8 * 60 + 1)  # that one person may take
MOST_STOPS = 26  # each has a letter


def plan_trip(floor: Floor, action: PlanTrip, now: datetime) -> tuple[Event, ...]:
    """Whoever has a time at a stop that moves keeps their place there, at the new time."""
    if floor.branch.team is None:
        raise NotAllowed("{branch} is no team that travels.", branch=floor.branch.id)
    _check_stops(floor, action)
    planned = TripPlanned(action.stops, action.capacity, action.sets)
    before = floor.trip
    if before is None:
        return (planned,)
    if before.is_cancelled:
        raise NotAllowed("This trip was cancelled.")
    kept = {stop.queue: stop for stop in action.stops}
    for stop in before.stops:
        if stop.queue not in kept and any(_people(floor, stop.queue)):
            raise NotAllowed("At {stop} people have been promised a visit: move them first.", stop=stop.name)
    if planned == TripPlanned(before.stops, before.capacity, before.sets):
        return ()
    return (planned, *_moved_along(floor, before, kept))


def _check_stops(floor: Floor, action: PlanTrip) -> None:
    """Raises Invalid."""
    if not 0 < len(action.stops) <= MOST_STOPS:
        raise Invalid("stops: expected 1 to {most}.", most=MOST_STOPS)
    if action.capacity < 1 or action.sets < 1:
        raise Invalid("A trip serves at least one person, with at least one set of equipment.")
    for number, stop in enumerate(action.stops):
        others = action.stops[:number]
        if any(stop.queue == other.queue or stop.prefix == other.prefix for other in others):
            raise Invalid("stops: “{stop}” stands twice.", stop=stop.queue)
        if not stop.arrives < stop.leaves:
            raise Invalid("stops: the team leaves {stop} before it is there.", stop=stop.name)
        if others and stop.arrives < others[-1].leaves:
            raise Invalid("stops: the team is at {stop} before it has left the stop before.", stop=stop.name)
        if {floor.branch.day_of(stop.arrives), floor.branch.day_of(stop.leaves)} != {floor.day}:
            raise Invalid("stops: {stop} is on another day than the trip.", stop=stop.name)


def _moved_along(floor: Floor, before: Trip, kept: dict[str, TripStop]) -> Iterator[Event]:
    for old in before.stops:
        new = kept.get(old.queue)
        if new is None:
            continue
        shift = new.arrives - old.arrives
        for ticket in _people(floor, old.queue):
            assert ticket.slot is not None
            if ticket.slot + shift + timedelta(minutes=ticket.minutes) > new.leaves:
                raise NotAllowed("The time at {stop} is too short for its people: move some first.", stop=new.name)
            if shift:
                yield Rescheduled(ticket.label, ticket.slot + shift)


def _people(floor: Floor, queue: str) -> Iterator[Ticket]:
    """Who is still to come there."""
    return (t for t in floor.tickets.values() if t.queue == queue and t.status is Status.BOOKED)


def cancel_trip(floor: Floor, action: CancelTrip, now: datetime) -> tuple[Event, ...]:
    if the_trip(floor).is_cancelled:
        return ()
    text = " ".join(action.text.split())
    if not 0 < len(text) <= NOTICE_LENGTH:
        raise Invalid("text: expected 1 to {length} characters.", length=NOTICE_LENGTH)
    return TripCancelled(), Noticed(text, floor.ends_at, None)


def head_for(floor: Floor, action: HeadFor, now: datetime) -> tuple[Event, ...]:
    return _going(floor, action.queue, StopState.HEADED_FOR, HeadedFor(action.queue))


def reach_stop(floor: Floor, action: ReachStop, now: datetime) -> tuple[Event, ...]:
    return _going(floor, action.queue, StopState.THERE, StopReached(action.queue))


def _going(floor: Floor, queue: str, state: StopState, event: Event) -> tuple[Event, ...]:
    """A team is at one place only: wherever it was, it has left."""
    trip = _running(floor, queue)
    if trip.state_of(queue) is state:
        return ()
    there = trip.there
    return (event,) if there in (None, queue) else (StopLeft(there), event)


def leave_stop(floor: Floor, action: LeaveStop, now: datetime) -> tuple[Event, ...]:
    trip = _running(floor, action.queue)
    return () if trip.state_of(action.queue) is StopState.LEFT else (StopLeft(action.queue),)


def _running(floor: Floor, queue: str) -> Trip:
    trip = the_trip(floor)
    floor.branch.queue(queue)
    if trip.is_cancelled:
        raise NotAllowed("This trip was cancelled.")
    return trip


def the_trip(floor: Floor) -> Trip:
    """Raises NotFound."""
    if floor.trip is None:
        raise NotFound("{branch} has no trip on {day}.", branch=floor.branch.id, day=floor.day.isoformat())
    return floor.trip


def enlist(floor: Floor, action: Enlist, now: datetime) -> tuple[Event, ...]:
    """Each at the earliest time at which a set is free for them."""
    trip = _running(floor, action.queue)
    stop = trip.stop(action.queue)
    assert stop is not None
    if not action.minutes or any(minutes not in MINUTES for minutes in action.minutes):
        raise Invalid("minutes: expected 1 to {most} for each person.", most=MINUTES[-1])
    if trip.has_left(stop.queue):
        raise NotAllowed("The team has left {stop}.", stop=stop.name)
    if len(action.minutes) > trip.places_left(floor.tickets.values()):
        raise QuotaFull("That trip serves {most} people at most.", most=trip.capacity)
    number = floor.line(stop.queue).issued
    times = _times(floor, trip, stop, action.minutes, now)
    return tuple(
        Booked(label_of(stop.prefix, number + nth), stop.queue, due, GENERAL, minutes=minutes)
        for nth, (due, minutes) in enumerate(zip(times, action.minutes, strict=True), 1)
    )


def _times(floor: Floor, trip: Trip, stop: TripStop, wanted: tuple[int, ...], now: datetime) -> Iterator[datetime]:
    """Raises SlotFull."""
    here = (ticket for ticket in floor.tickets.values() if ticket.queue == stop.queue)
    taken = [(t.slot, t.minutes) for t in here if t.slot is not None and t.status is not Status.CANCELLED]
    whole_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    earliest = max(stop.arrives, whole_minute)
    for minutes in wanted:
        start = first_start(taken, trip.sets, earliest, minutes)
        if start + timedelta(minutes=minutes) > stop.leaves:
            raise SlotFull("At {stop} there is no time left for so many.", stop=stop.name)
        taken.append((start, minutes))
        yield start


def delist(floor: Floor, action: Delist, now: datetime) -> tuple[Event, ...]:
    """Those who have not come yet; who cancelled already is passed over."""
    wanted = [floor.ticket(label) for label in dict.fromkeys(action.labels)]
    left = [ticket for ticket in wanted if ticket.status is not Status.CANCELLED]
    for ticket in left:
        ticket.check(tickets.Action.RESCHEDULE)
    return tuple(Cancelled(ticket.label) for ticket in left)


def note_result(floor: Floor, action: NoteResult, now: datetime) -> Event | None:
    ticket = floor.ticket(action.label)
    if action.result not in set(Result):
        raise Invalid("result: expected one of {known}.", known=", ".join(Result))
    if floor.trip is None or ticket.status is Status.CANCELLED:
        raise NotAllowed("Ticket {label} has no result of a visit.", label=ticket.label)
    return None if ticket.result == action.result else ResultNoted(ticket.label, action.result)


def take_to_field(floor: Floor, action: TakeToField, now: datetime) -> Event:
    trip = the_trip(floor)
    if trip.is_cancelled:
        raise NotAllowed("This trip was cancelled.")
    if not (action.lease and action.device.strip()):
        raise Invalid("device: expected a name by which it is told from others.")
    return FieldTaken(action.lease, " ".join(action.device.split()))


def return_from_field(floor: Floor, action: ReturnFromField, now: datetime) -> Event:
    _check_lease(floor, action.lease)
    return FieldReturned(action.lease, action.digest)


def reclaim_from_field(floor: Floor, action: ReclaimFromField, now: datetime) -> Event:
    _check_lease(floor, action.lease)
    return FieldReclaimed(action.lease)


def _check_lease(floor: Floor, lease: str) -> None:
    """Raises NotAllowed."""
    if floor.lease is None or floor.lease.id != lease:
        raise NotAllowed("That day is not in the field under this lease.")


def check_writable(floor: Floor) -> None:
    """That the day is where this is decided: at home, or on the device that has taken it along. Raises NotAllowed."""
    lease = floor.lease
    if lease is None:
        if floor.held:
            raise NotAllowed("That day was given back: it goes on at the centre.")
    elif lease.id not in floor.held:
        since = f"{floor.branch.local(lease.since):%H:%M}"
        raise NotAllowed("Since {time} that day is in the field with {device}.", time=since, device=lease.device)
