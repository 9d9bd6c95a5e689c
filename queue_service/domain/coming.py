"""When the team comes, as far as it is known: a week, a day, an hour, and at last the road itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from queue_service.domain.floors import Floor
from queue_service.domain.trip_events import TripStop
from queue_service.domain.trips import StopState, Trip

A_WEEK_AHEAD = timedelta(days=7)  # so long before, no day is promised
TWO_DAYS_AHEAD = timedelta(days=2)  # so long before, no hour
BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=60)  # of an hour that is told beforehand
A_STOP = timedelta(minutes=10)  # by which each stop that is still to come may be longer than planned
LONGEST = timedelta(minutes=60)
_HALF_HOUR, _STEP = timedelta(minutes=30), timedelta(minutes=5)


class Coming(StrEnum):
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"
    LIVE = "live"
    THERE = "there"
    LEFT = "left"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outlook:
    """For one stop. `stops`: how many the team has to finish before it sets out for this one. `earliest` and `latest`:
    between which its people may expect it; of a week and a day only the dates count."""

    coming: Coming
    stops: int
    earliest: datetime
    latest: datetime


def outlook(floor: Floor, queue: str, now: datetime, due: datetime | None = None) -> Outlook | None:
    """`due`: the time of one of its people, where it is not about the team's arrival. None where there is no such
    stop."""
    trip = floor.trip
    stop = trip.stop(queue) if trip is not None else None
    if trip is None or stop is None:
        return None
    planned = due or stop.arrives
    coming = _coming(floor, trip, stop, now)
    before = len(list(_before(trip, stop)))
    if coming is Coming.WEEK:
        monday = floor.day - timedelta(days=floor.day.weekday())
        shift = timedelta(days=(monday - floor.day).days)
        return Outlook(coming, before, planned + shift, planned + shift + timedelta(days=6))
    if coming is Coming.DAY:
        return Outlook(coming, before, planned, planned)
    if coming is Coming.HOUR:
        latest = max(planned + AFTER, now + BEFORE)  # of a team that has not set out yet, whatever the plan says
        return Outlook(coming, before, _down(planned - BEFORE, _HALF_HOUR), _up(latest, _HALF_HOUR))
    at = max(planned + delay(trip, now), now)
    width = min(LONGEST, A_STOP * max(1, before))
    return Outlook(coming, before, max(_down(at, _STEP), _down(now, _STEP)), _up(at + width, _STEP))


def _coming(floor: Floor, trip: Trip, stop: TripStop, now: datetime) -> Coming:
    if trip.is_cancelled:
        return Coming.CANCELLED
    state = trip.state_of(stop.queue)
    if state in (StopState.THERE, StopState.LEFT):
        return Coming.THERE if state is StopState.THERE else Coming.LEFT
    if trip.states:
        return Coming.LIVE
    ahead = floor.day - floor.branch.day_of(now)
    if ahead > A_WEEK_AHEAD:
        return Coming.WEEK
    return Coming.DAY if ahead > TWO_DAYS_AHEAD else Coming.HOUR


def _before(trip: Trip, stop: TripStop) -> Iterator[TripStop]:
    """The stops between the team and this one, with the one at which it is."""
    if trip.state_of(stop.queue) in (StopState.HEADED_FOR, StopState.THERE, StopState.LEFT):
        return
    for other in trip.stops:
        if other.queue == stop.queue:
            return
        if trip.state_of(other.queue) is not StopState.LEFT:
            yield other


def delay(trip: Trip, now: datetime) -> timedelta:
    """How much later than planned the team is, by what it did last, and by what it should have done meanwhile; less
    than nothing where it is early."""
    last = max(trip.since.items(), key=lambda item: item[1], default=None)
    stop = trip.stop(last[0]) if last is not None else None
    if last is None or stop is None:
        return timedelta()
    state, at = trip.state_of(stop.queue), last[1]
    if state is StopState.THERE:
        return max(at - stop.arrives, now - stop.leaves)
    if state is StopState.HEADED_FOR:
        return max(_set_out_late(trip, stop, at), now - stop.arrives)
    ahead = next((other for other in trip.stops if trip.state_of(other.queue) is StopState.PLANNED), None)
    so_far = at - stop.leaves
    return so_far if ahead is None else max(so_far, now - ahead.arrives)


def _set_out_late(trip: Trip, stop: TripStop, at: datetime) -> timedelta:
    """Against the plan's own departure, which for the first stop it does not name."""
    place = trip.stops.index(stop)
    return at - trip.stops[place - 1].leaves if place else timedelta()


def _down(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment - (moment - midnight) % step


def _up(moment: datetime, step: timedelta) -> datetime:
    down = _down(moment, step)
    return down if down == moment else down + step
