"""Problems and proposals as plain JSON, for the process that solves and for the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from queue_service.planning.travel import Roads, Travel
from queue_service.planning.values import Left, Problem, Proposal, Shift, Stop, Trip, Why, Wish

Json = dict[str, Any]


def write_problem(problem: Problem) -> str:
    travel = problem.travel
    return json.dumps(
        {
            "wishes": [asdict(wish) for wish in problem.wishes],
            "shifts": [asdict(shift) for shift in problem.shifts],
            "travel": {
                "places": travel.places,
                "roads": asdict(travel.roads),
                "measured": [[*pair, minutes] for pair, minutes in travel.measured.items()],
            },
            "set_up_minutes": problem.set_up_minutes,
        },
        default=date.isoformat,
    )


def read_problem(text: str) -> Problem:
    told = json.loads(text)
    return Problem(
        tuple(_wish(each) for each in told["wishes"]),
        tuple(_shift(each) for each in told["shifts"]),
        _travel(told["travel"]),
        told["set_up_minutes"],
    )


def _wish(told: Json) -> Wish:
    days = told["days"]
    wished = None if days is None else (_day(days[0]), _day(days[1]))
    received, promised_by = _day(told["received"]), _day(told["promised_by"])
    return Wish(told["id"], told["village"], tuple(told["minutes"]), received, promised_by, wished)


def _shift(told: Json) -> Shift:
    spans = tuple((begin, end) for begin, end in told["spans"])
    return Shift(**{**told, "day": _day(told["day"]), "spans": spans})


def _travel(told: Json) -> Travel:
    places: Mapping[str, tuple[float, float]] = {
        village: (lat, long) for village, (lat, long) in told["places"].items()
    }
    return Travel(places, Roads(**told["roads"]), {(one, other): minutes for one, other, minutes in told["measured"]})


def write_proposal(proposal: Proposal) -> str:
    return json.dumps(asdict(proposal), default=date.isoformat)


def read_proposal(text: str) -> Proposal:
    told = json.loads(text)
    left = tuple((wish, Left(why)) for wish, why in told["left"])
    return Proposal(tuple(_trip(each) for each in told["trips"]), left, told["travel"], told["first_come"])


def _trip(told: Json) -> Trip:
    stops = tuple(Stop(**{**stop, "wishes": tuple(stop["wishes"])}) for stop in told["stops"])
    why = told["why"]
    told_of = {name: tuple(why[name]) for name in ("late", "unwished") if name in why}
    reasons = Why(**{**why, **told_of, "nearest_by": _day(why["nearest_by"])})
    return Trip(told["team"], _day(told["day"]), stops, told["back_at"], reasons)


def _day(text: str) -> date:
    return date.fromisoformat(text)
