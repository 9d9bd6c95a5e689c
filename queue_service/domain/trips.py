"""A trip: one team on one day. Its stops come from the day's own journal, and are that day's queues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from queue_service.domain.branches import Branch, Queue
from queue_service.domain.calendars import Calendar, Hours
from queue_service.domain.names import Name
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.trip_events import TripStop


class StopState(StrEnum):
    PLANNED = "planned"
    HEADED_FOR = "headed_for"
    THERE = "there"
    LEFT = "left"


class Result(StrEnum):
    """What came of the team's visit, for one person."""

    RECORDED = "recorded"
    EXCEPTION = "exception"  # done in part: no iris of somebody who cannot open their eyes, say
    ABSENT = "absent"
    REFUSED = "refused"
    DATA_PROBLEM = "data_problem"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True)
class Trip:
    """`states`: of the stops at which something has happened; `since`: when each came into it."""

    stops: tuple[TripStop, ...]
    capacity: int
    sets: int
    states: Mapping[str, StopState] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    is_cancelled: bool = False

    def state_of(self, queue: str) -> StopState:
        return self.states.get(queue, StopState.PLANNED)

    def stop(self, queue: str) -> TripStop | None:
        return next((stop for stop in self.stops if stop.queue == queue), None)

    @property
    def there(self) -> str | None:
        """The stop at which the team is."""
        return next((queue for queue, state in self.states.items() if state is StopState.THERE), None)

    def serves(self, queue: str) -> bool:
        return not self.is_cancelled and self.state_of(queue) is StopState.THERE

    def has_left(self, queue: str) -> bool:
        return self.is_cancelled or self.state_of(queue) is StopState.LEFT

    def places_left(self, held: Iterable[Ticket]) -> int:
        """Of the day; whoever cancelled or did not come left theirs to another."""
        gone = (Status.CANCELLED, Status.NO_SHOW)
        return max(0, self.capacity - sum(ticket.status not in gone for ticket in held))

    def moved(self, queue: str, state: StopState, at: datetime) -> Trip:
        return replace(self, states={**self.states, queue: state}, since={**self.since, queue: at})


@dataclass(frozen=True, slots=True)
class Lease:
    """A day that somebody has taken along: nobody else writes there. `since`: from when on."""

    id: str
    device: str
    since: datetime


def with_stops(branch: Branch, trip: Trip, day: date) -> Branch:
    """As set up, and with a queue for each stop, which every counter serves."""
    queues = {stop.queue: _queue(branch, stop, day) for stop in trip.stops}
    counters = {id_: replace(counter, queues=tuple(queues)) for id_, counter in branch.counters.items()}
    return replace(branch, queues=queues, counters=counters)


def _queue(branch: Branch, stop: TripStop, day: date) -> Queue:
    opens, closes = branch.local(stop.arrives).time(), branch.local(stop.leaves).time()
    hours = Hours(frozenset({day.isoweekday()}), opens, closes)
    return Queue(stop.queue, Name(stop.name, stop.name), stop.prefix, Calendar((hours,)))


def first_start(taken: Iterable[tuple[datetime, int]], sets: int, earliest: datetime, minutes: int) -> datetime:
    """When somebody who takes so many minutes can be served, beside others who have their times and minutes."""
    spans = [(start, start + timedelta(minutes=length)) for start, length in taken]
    starts = sorted({earliest, *(end for _, end in spans if end > earliest)})
    return next(start for start in starts if _is_free(spans, sets, start, start + timedelta(minutes=minutes)))


def _is_free(spans: list[tuple[datetime, datetime]], sets: int, start: datetime, end: datetime) -> bool:
    """Whether fewer than `sets` are served at each moment of it: at its beginning, and whenever another begins."""
    moments = [start, *(begins for begins, _ in spans if start < begins < end)]
    return all(sum(begins <= moment < ends for begins, ends in spans) < sets for moment in moments)
