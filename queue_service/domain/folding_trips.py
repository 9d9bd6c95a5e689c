"""The fold of what concerns trips and the field; `fold.py` takes it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.trip_events import (
    FieldReclaimed,
    FieldReturned,
    FieldTaken,
    HeadedFor,
    ResultNoted,
    StopEvent,
    StopLeft,
    StopReached,
    TripCancelled,
    TripPlanned,
)
from queue_service.domain.trips import Lease, StopState, Trip

Touched = tuple[str, ...]


def _planned(floor: Floor, entry: Entry, event: TripPlanned) -> Touched:
    before = floor.trip
    states, since = ({}, {}) if before is None else (before.states, before.since)
    floor.travel(Trip(event.stops, event.capacity, event.sets, states, since))
    queues = tuple(floor.branch.queues)
    for id_, counter in floor.counters.items():
        floor.counters[id_] = replace(counter, queues=queues, last=None)
    return queues


def _cancelled(floor: Floor, entry: Entry, event: TripCancelled) -> Touched:
    assert floor.trip is not None
    floor.travel(replace(floor.trip, is_cancelled=True))
    return tuple(floor.branch.queues)


def _team_moved(floor: Floor, entry: Entry, event: StopEvent) -> Touched:
    """Whoever waits at a later stop wants to know of it as well."""
    assert floor.trip is not None
    floor.trip = floor.trip.moved(event.queue, _STATES[type(event)], entry.at)
    return tuple(floor.branch.queues)


_STATES = {HeadedFor: StopState.HEADED_FOR, StopReached: StopState.THERE, StopLeft: StopState.LEFT}


def _result_noted(floor: Floor, entry: Entry, event: ResultNoted) -> Touched:
    floor.tickets[event.label] = floor.tickets[event.label].altered(result=event.result)
    return ()


def _taken(floor: Floor, entry: Entry, event: FieldTaken) -> Touched:
    floor.lease = Lease(event.lease, event.device, entry.at)
    return tuple(floor.branch.queues)


def _given_back(floor: Floor, entry: Entry, event: FieldReturned | FieldReclaimed) -> Touched:
    floor.lease = None
    return tuple(floor.branch.queues)


TRIP_FOLDS: Mapping[type[Event], Callable[[Floor, Entry, Any], Touched]] = {
    TripPlanned: _planned,
    TripCancelled: _cancelled,
    **dict.fromkeys(_STATES, _team_moved),
    ResultNoted: _result_noted,
    FieldTaken: _taken,
    FieldReturned: _given_back,
    FieldReclaimed: _given_back,
}
