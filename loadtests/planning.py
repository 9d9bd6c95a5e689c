"""Trips for two thousand requests of one regency, as they may lie on a desk one Monday morning."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import islice

from loadtests.criteria import Result
from queue_service.planning import Problem, Proposal, Shift, Wish
from queue_service.planning.asking import plan_apart
from queue_service.planning.travel import Travel
from queue_service.regions import read_regions

MONDAY = date(2026, 11, 23)
REGENCY = "16.04"
# Where the teams stand: two in the town, the others in districts an hour and more away.
BASES = ("16.04.10.1031", "16.04.10.1033", "16.04.06.2008", "16.04.17.2001", "16.04.07.2001")
SPANS = ((7 * 60 + 30, 12 * 60), (13 * 60, 16 * 60))
CAPACITY, SETS, DAYS, PROMISED, WISHES = 50, 2, 20, 20, 2000


def working_days(first: date) -> Iterable[date]:
    day = first
    while True:
        if day.isoweekday() <= 5:
            yield day
        day += timedelta(days=1)


def a_regency(wishes: int = WISHES, seed: int = 1) -> Problem:
    """Requests of the last week from anywhere, each promised within twenty working days."""
    drawn = random.Random(seed)
    places = {one.code: (one.latitude, one.longitude) for one in read_regions().villages_of(REGENCY)}
    villages, week = sorted(places), list(islice(working_days(MONDAY - timedelta(days=7)), 5))
    promised = {day: next(islice(working_days(day), PROMISED, None)) for day in week}
    came = [drawn.choice(week) for _ in range(wishes)]
    return Problem(
        tuple(
            Wish(f"JB-26-{n:05d}", drawn.choice(villages), (15,) * drawn.choice((1, 1, 1, 2)), day, promised[day])
            for n, day in enumerate(came)
        ),
        tuple(
            Shift(f"bola-{n}", day, base, CAPACITY, SETS, SPANS)
            for day in islice(working_days(MONDAY), DAYS)
            for n, base in enumerate(BASES, 1)
        ),
        Travel(places),
    )


def late_in(proposal: Proposal) -> int:
    return sum(len(trip.why.late) for trip in proposal.trips)


def planning() -> list[Result]:
    problem = a_regency()
    begun = time.perf_counter()
    proposal = asyncio.run(plan_apart(problem))
    took = time.perf_counter() - begun
    people = sum(wish.people for wish in problem.wishes)
    note = f"{len(problem.wishes):,} requests, {people:,} people; {len(proposal.trips)} trips"
    hours = f"{proposal.travel / 60:,.0f} hours to {proposal.first_come / 60:,.0f}"
    return [
        Result("time until the proposal", took, "s", most=60, note=note),
        Result(
            "travel ÷ travel of first come, first served", proposal.travel / proposal.first_come, most=0.75, note=hours
        ),
        Result("requests past their promised date", late_in(proposal), most=0),
        Result("requests on no trip", len(proposal.left), most=0),
    ]
