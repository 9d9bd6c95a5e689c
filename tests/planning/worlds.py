"""Villages, requests and team-days to plan with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

from loadtests.planning import MONDAY, working_days
from queue_service.planning import Shift, Wish

MORNING = (7 * 60 + 30, 12 * 60)
AFTERNOON = (13 * 60, 16 * 60)


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
        for day in islice(working_days(MONDAY), days)
        for n, base in enumerate(bases, 1)
    )
