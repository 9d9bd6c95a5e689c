"""Villages, requests and team-days to plan with."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import islice

from queue_service.planning import Problem, Shift, Wish
from queue_service.planning.travel import Travel

MONDAY = date(2026, 11, 23)
MORNING = (7 * 60 + 30, 12 * 60)
AFTERNOON = (13 * 60, 16 * 60)


def working_days(first: date = MONDAY) -> Iterable[date]:
    day = first
    while True:
        if day.isoweekday() <= 5:
            yield day
        day += timedelta(days=1)


def working_days_after(day: date, days: int) -> date:
    return next(islice(working_days(day), days, None))


def a_wish(
    id_: str, village: str, people: int = 1, promised_in: int = 20, *, minutes: int = 15, received: date = MONDAY
) -> Wish:
    promised_by = working_days_after(MONDAY, promised_in)
    return Wish(id_, village, (minutes,) * people, received - timedelta(days=1), promised_by)


def shifts_of(bases: Sequence[str], days: int, capacity: int = 50, sets: int = 2) -> tuple[Shift, ...]:
    return tuple(
        Shift(f"bola-{n}", day, base, capacity, sets, (MORNING, AFTERNOON))
        for day in islice(working_days(), days)
        for n, base in enumerate(bases, 1)
    )


def a_regency(
    places: dict[str, tuple[float, float]], bases: Sequence[str], wishes: int = 2000, seed: int = 1
) -> Problem:
    """Requests of the last week from anywhere, each promised within twenty working days, for the twenty to come."""
    drawn = random.Random(seed)
    villages = sorted(places)
    before = list(islice(working_days(MONDAY - timedelta(days=7)), 5))
    after = [working_days_after(day, 20) for day in before]
    came = [drawn.randrange(5) for _ in range(wishes)]
    return Problem(
        tuple(
            Wish(f"JB-26-{n:05d}", drawn.choice(villages), (15,) * drawn.choice((1, 1, 1, 2)), before[day], after[day])
            for n, day in enumerate(came)
        ),
        shifts_of(bases, 20),
        Travel(places),
    )
