"""What became of a request's visits: read off the floors of the teams' days, and written down nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from queue_service.domain.floors import Floor
from queue_service.domain.requests import OutreachRequest, State, Visit
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.trips import Result, StopState, Trip

Floors = Mapping[tuple[str, date], Floor]

DONE = frozenset({Result.RECORDED, Result.EXCEPTION})
_UNDER_WAY = frozenset({StopState.HEADED_FOR, StopState.THERE})


class Stage(StrEnum):
    """What those who asked see: the states of the request, and how its visit goes."""

    RECEIVED = "received"
    NEED_INFO = "need_info"
    PRE_CHECK = "pre_check"
    SCHEDULED = "scheduled"
    ON_THE_WAY = "on_the_way"
    DONE = "done"
    NOT_DONE = "not_done"
    MERGED = "merged"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


def stage_of(request: OutreachRequest, floors: Floors) -> Stage:
    """`floors`: of the days of its visits; one that is missing has not begun."""
    if request.state is not State.SCHEDULED:
        return Stage(request.state.value)
    results = results_of(request, floors)
    if any(_is_under_way(visit, floors) for visit in request.visits):
        return Stage.ON_THE_WAY
    expected = [person for visit in request.visits for person in visit.people]
    if all(person in results for person in expected):
        return Stage.DONE if any(result in DONE for result in results.values()) else Stage.NOT_DONE
    return Stage.SCHEDULED


def results_of(request: OutreachRequest, floors: Floors) -> dict[str, Result]:
    """By person, of those who have one."""
    found = {}
    for visit in request.visits:
        floor = floors.get((visit.branch, visit.day))
        for person, label in visit.labels if floor else ():
            assert floor is not None
            ticket = floor.tickets.get(label)
            if ticket is not None and (result := _result_of(ticket, floor.trip)):
                found[person] = result
    return found


def _result_of(ticket: Ticket, trip: Trip | None) -> Result | None:
    """What was noted; else what the ticket itself tells."""
    if ticket.result:
        return Result(ticket.result)
    if ticket.status is Status.COMPLETED:
        return Result.RECORDED
    left = trip is not None and not trip.is_cancelled and trip.state_of(ticket.queue) is StopState.LEFT
    if left and ticket.status in (Status.BOOKED, Status.NO_SHOW, Status.WAITING, Status.CALLED):
        return Result.ABSENT
    return None


def _is_under_way(visit: Visit, floors: Floors) -> bool:
    """The team is on its way there, or there, or between two stops before it."""
    floor = floors.get((visit.branch, visit.day))
    trip = floor.trip if floor else None
    if trip is None or trip.is_cancelled:
        return False
    state = trip.state_of(visit.queue)
    return state in _UNDER_WAY or (state is StopState.PLANNED and bool(trip.states))
