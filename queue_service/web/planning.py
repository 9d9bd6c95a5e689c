"""Proposals: asked for in the background, kept, and taken up trip by trip, as far as things still are as they were."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from string import ascii_lowercase

from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotAllowed, Refusal
from queue_service.domain.events import to_ms
from queue_service.domain.requests import UNDECIDED, OutreachRequest, State
from queue_service.domain.trip_events import TripStop
from queue_service.journal.appends import Place
from queue_service.planning import Problem, Proposal, Shift, Trip, Wish
from queue_service.planning.asking import SECONDS, PlanningFailed, plan_apart
from queue_service.planning.wire import read_proposal, write_proposal
from queue_service.records.outreach.proposals import (
    KeptProposal,
    Stage,
    begin_proposal,
    end_proposal,
    find_proposal,
)
from queue_service.web.house import House
from queue_service.web.travelling import travel_of
from queue_service.web.trips import Spot, assign, minutes_of, plan_trip, teams_of, trips_between

log = logging.getLogger("antrean.trips")

WORKING_DAYS = 20  # that are planned ahead, from tomorrow on
FURTHEST = timedelta(days=60)
PLANNED = UNDECIDED - {State.NEED_INFO} | {State.SCHEDULED}
# Longer than planning ever takes: whoever had begun it is no more.
GIVEN_UP = timedelta(seconds=2 * SECONDS)

_under_way: set[asyncio.Task[None]] = set()


async def proposal_of(house: House, office: str) -> KeptProposal | None:
    """The last one; one that nobody works at any more is a failed one."""
    kept = await house.database.read(lambda connection: find_proposal(connection, office))
    if kept is None or kept.stage is not Stage.BEGUN:
        return kept
    is_given_up = kept.at_ms < to_ms(house.floors.clock() - GIVEN_UP)
    return KeptProposal(office, kept.number, Stage.FAILED, kept.at_ms, "") if is_given_up else kept


async def ask_for_proposal(house: House, office: Branch) -> None:
    """Answers at once; what comes of it is read with `proposal_of`."""
    problem = await problem_of(house, office)
    number = secrets.token_hex(8)
    begun = to_ms(house.floors.clock())
    await house.database.write(partial(begin_proposal, office=office.id, number=number, at_ms=begun))
    task = asyncio.get_running_loop().create_task(_plan(house, office.id, number, problem))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def _plan(house: House, office: str, number: str, problem: Problem) -> None:
    try:
        stage, told = Stage.MADE, write_proposal(await plan_apart(problem))
    except PlanningFailed as failure:
        log.error("No trips were proposed for %s: %s", office, failure)
        stage, told = Stage.FAILED, str(failure)
    made = KeptProposal(office, number, stage, to_ms(house.floors.clock()), told)
    try:
        await house.database.write(partial(end_proposal, made=made))
    except Unavailable as error:
        log.warning("A proposal for %s could not be kept: %s", office, error)


async def problem_of(house: House, office: Branch) -> Problem:
    """The open requests, and the days on which the teams have no trip yet."""
    today = office.day_of(house.floors.clock())
    teams = teams_of(house, office.id)
    taken = await trips_between(house, teams, today, today + FURTHEST)
    requests = [one for one in await house.requests.open(office.id) if one.state in PLANNED]
    return Problem(
        tuple(_wish(house, office, one) for one in requests),
        tuple(shift for day in _working_days(teams, today) for shift in _shifts(teams, day, taken)),
        travel_of(house, office),
    )


def _wish(house: House, office: Branch, request: OutreachRequest) -> Wish:
    minutes = tuple(minutes_of(house, office.id, person) for person in request.waiting)
    received = office.day_of(request.received)
    days = None if request.dates is None else (request.dates.first, request.dates.last)
    return Wish(request.id, request.village, minutes, received, request.promised_by, days)


def _working_days(teams: Sequence[Branch], today: date) -> Iterator[date]:
    days = (today + timedelta(days=ahead) for ahead in range(1, FURTHEST.days))
    working = [day for day in days if any(team.team and team.team.calendar.spans(day) != () for team in teams)]
    return iter(working[:WORKING_DAYS])


def _shifts(teams: Sequence[Branch], day: date, taken: Mapping[Place, object]) -> Iterator[Shift]:
    for branch in teams:
        team = branch.team
        if team is None or (branch.id, day) in taken:
            continue
        spans = team.calendar.spans(day)
        worked = ((8 * 60, 16 * 60),) if spans is None else tuple((_minute(s.opens), _minute(s.closes)) for s in spans)
        if worked:
            yield Shift(branch.id, day, team.base, team.capacity, team.sets, worked)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


async def accept_trip(house: House, office: Branch, trip: Trip, by: str) -> list[Refusal]:
    """The trip is planned, and its requests are put there. Those that changed meanwhile are left out: why, for each.

    Raises a Refusal where the team's day is not free any more; then nothing has happened.
    """
    place = (trip.team, trip.day)
    branch = house.branches.get(trip.team)
    floor = await house.floors.get(place)
    stops = _stops(house, branch, trip)
    if floor.trip is not None and floor.trip.stops != stops:  # else it was accepted before, or in part
        raise NotAllowed("{team} has another trip on that day by now.", team=branch.name.id)
    problems, queues = [], dict(zip((stop.queue for stop in stops), trip.stops, strict=True))
    if floor.trip is None:
        await plan_trip(house, place, stops, by)
    for queue, stop in queues.items():
        for wish in stop.wishes:
            try:
                await _put(house, wish, Spot(*place, queue), by)
            except Refusal as refusal:
                problems.append(refusal)
    return problems


async def _put(house: House, request: str, spot: Spot, by: str) -> None:
    """Once: accepted again, it finds the request there."""
    known = await house.requests.get(request)
    if not any((visit.branch, visit.day, visit.queue) == (spot.team, spot.day, spot.queue) for visit in known.visits):
        await assign(house, request, spot, by)


def _stops(house: House, branch: Branch, trip: Trip) -> tuple[TripStop, ...]:
    stops = []
    for queue, stop in zip(ascii_lowercase, trip.stops, strict=False):
        village = house.regions.find(stop.village)
        name = village.name if village else stop.village
        arrives, leaves = (_moment(branch, trip.day, minute) for minute in (stop.arrives, stop.leaves))
        stops.append(TripStop(queue, queue.upper(), stop.village, name, arrives, leaves))
    return tuple(stops)


def _moment(branch: Branch, day: date, minute: int) -> datetime:
    return (datetime.combine(day, time(), branch.timezone) + timedelta(minutes=minute)).astimezone(UTC)


def proposal_in(kept: KeptProposal) -> Proposal:
    """Of one that was made."""
    return read_proposal(kept.told)
