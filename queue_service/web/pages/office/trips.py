"""The teams of an office and their trips, day by day; and what a planner proposes for the requests that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.floors import Floor
from queue_service.domain.outreach import Team
from queue_service.domain.requests import OutreachRequest
from queue_service.domain.tickets import Status
from queue_service.journal.appends import Place
from queue_service.records.roles import Right
from queue_service.web.languages import N_, long_date, short_date
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office.offices import choose_office, office_of
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.planning import proposal_of
from queue_service.web.trips import Json, teams_of, trips_between

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROOT = "/office/trips"
DAYS_SHOWN = 14
MOST_FOLLOWED = 6  # teams whose day is told of as it happens; of others, and of days to come, by looking again


@router.get(ROOT)
async def choose(request: Request) -> Response:
    return await choose_office(request, ROOT, N_("Trips"))


@router.get(f"{ROOT}/{{branch}}")
async def show(branch: str, request: Request) -> Response:
    at = await visit(request, Right.READ_REQUESTS)
    plan, office = office_of(at, branch, Right.READ_REQUESTS), branch
    teams, today = teams_of(at.house, office), plan.day_of(at.house.floors.clock())
    first = day_in(request.query_params.get("from", ""), today)
    last = first + timedelta(days=DAYS_SHOWN - 1)
    floors = await trips_between(at.house, teams, first, last)
    waiting = await at.house.requests.open(office)
    return at.page(
        "trips.html",
        office={"id": office, "name": plan.name.in_language(at.language)},
        teams=[(team.id, team.name.in_language(at.language)) for team in teams],
        days=list(_days(at, teams, floors, first)),
        earlier=(first - timedelta(days=DAYS_SHOWN)).isoformat(),
        later=(last + timedelta(days=1)).isoformat(),
        waiting=len(waiting),
        people=sum(len(one.waiting) for one in waiting),
        nearest=_nearest(at, waiting, today),
        proposal=await proposal_of(at.house, office),
        may_plan=at.may(Right.ENTER_REQUESTS, office),
        data={"branches": [team.id for team in teams][:MOST_FOLLOWED], "all": False},
        may_take=any(at.branches_with(Right.TAKE_TO_FIELD)),
    )


def day_in(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def _nearest(at: Visit, waiting: Sequence[OutreachRequest], today: date) -> Json | None:
    """The request whose promise is nearest."""
    if not waiting:
        return None
    one = min(waiting, key=lambda request: request.promised_by)
    return {"id": one.id, "by": long_date(at.language, one.promised_by), "is_late": one.promised_by < today}


def _days(at: Visit, teams: Sequence[Branch], floors: Mapping[Place, Floor], first: date) -> Iterator[Json]:
    """Those on which a team works, or has a trip all the same."""
    for ahead in range(DAYS_SHOWN):
        day = first + timedelta(days=ahead)
        cells = [_cell(at, team, team.team, day, floors.get((team.id, day))) for team in teams if team.team]
        if any(cell["is_open"] for cell in cells):
            yield {"day": day.isoformat(), "words": short_date(at.language, day), "cells": cells}


def _cell(at: Visit, branch: Branch, team: Team, day: date, floor: Floor | None) -> Json:
    trip = None if floor is None else floor.trip
    people = 0 if floor is None else sum(t.status is not Status.CANCELLED for t in floor.tickets.values())
    return {
        "team": branch.id,
        "name": branch.name.in_language(at.language),
        "is_open": trip is not None or team.calendar.spans(day) != (),
        "stops": [] if trip is None else [stop.name for stop in trip.stops],
        "people": people,
        "capacity": team.capacity if trip is None else trip.capacity,
        "is_cancelled": trip is not None and trip.is_cancelled,
        "in_field": floor is not None and floor.lease is not None and floor.is_elsewhere,
    }
