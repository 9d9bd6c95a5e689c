"""First come, first served: what a careful person with a list would do, and what a proposal is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby

from queue_service.planning.drafts import Draft, Place, empty_drafts
from queue_service.planning.values import Problem, Shift, Wish

_WEEK = timedelta(days=7)
WEEKS_MORE = 52  # that the list may take longer than the horizon


def first_come(problem: Problem, wishes: Sequence[Wish]) -> list[Draft]:
    """In the order in which they came, each on the first day with room for it, with the team and in the place of its
    trip that cost the least travel. Where the days do not suffice, weeks like the last one follow."""
    waiting = sorted(wishes, key=lambda wish: (wish.received, wish.id))
    shifts, drafts = list(problem.shifts), list[Draft]()
    for _ in range(WEEKS_MORE):
        new = empty_drafts(problem, shifts)
        waiting = [wish for wish in waiting if not _put_first(new, wish)]
        drafts += new
        if not waiting or not shifts:
            break
        shifts = _next_week(shifts)
    return [draft for draft in drafts if draft.visits]


def _put_first(drafts: Sequence[Draft], wish: Wish) -> bool:
    for _, of_day in groupby(drafts, key=lambda draft: draft.shift.day):
        if (found := cheapest(list(of_day), wish)) is not None:
            found[0].put(wish, found[1])
            return True
    return False


def cheapest(drafts: Sequence[Draft], wish: Wish) -> tuple[Draft, Place] | None:
    """Where one more request costs the least travel; of two, the earlier."""
    best: tuple[Draft, Place] | None = None
    for draft in drafts:
        place = draft.place_for(wish)
        if place is not None and (best is None or place.detour < best[1].detour):
            best = draft, place
    return best


def _next_week(shifts: Sequence[Shift]) -> list[Shift]:
    last = max(shift.day for shift in shifts)
    return [replace(shift, day=shift.day + _WEEK) for shift in shifts if shift.day > last - _WEEK]


def shares(drafts: Sequence[Draft], problem: Problem) -> dict[str, float]:
    """What each request has to do with the travel of these trips: that of a trip is shared out among its villages by
    how far from the base they are, and a village's part evenly among its requests."""
    found: dict[str, float] = {}
    for draft in drafts:
        far = [problem.travel.minutes(draft.shift.base, visit.village) or 1 for visit in draft.visits]
        for visit, distance in zip(draft.visits, far, strict=True):
            part = draft.travel * distance / sum(far) / len(visit.wishes)
            found |= {wish.id: part for wish in visit.wishes}
    return found
