"""Trips to begin with: each goes where a promise is nearest, and takes along what lies on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from queue_service.planning.drafts import Draft
from queue_service.planning.values import Fit, Wish

URGENT_MINUTES = 60  # of detour that a promise of today is worth; half of that one of a week later
HALF_DAYS = 7


def gather(drafts: Sequence[Draft], wishes: Iterable[Wish]) -> list[Wish]:
    """Fills them in the order of their days; those that find no place in time stay behind."""
    open_in: dict[str, list[Wish]] = defaultdict(list)
    for wish in sorted(wishes, key=lambda wish: (wish.until, wish.received, wish.id)):
        open_in[wish.village].append(wish)
    for draft in sorted(drafts, key=lambda draft: draft.shift.day):
        while (village := _next_village(draft, open_in)) is not None:
            open_in[village] = _take(draft, open_in[village])
            if draft.people >= draft.shift.capacity:
                break
    return [wish for left in open_in.values() for wish in left]


def does_well(draft: Draft, wish: Wish) -> bool:
    return wish.fit(draft.shift.day) is Fit.WISHED


def _next_village(draft: Draft, open_in: dict[str, list[Wish]]) -> str | None:
    """Where the next stop does the most good for its detour; the first is where a promise is nearest."""
    here = {visit.village for visit in draft.visits}
    best: tuple[float, str] | None = None
    for village, wishes in open_in.items():
        first = next((wish for wish in wishes if does_well(draft, wish)), None)
        if first is None or village in here:
            continue
        score = _score(draft, first, sum(wish.people for wish in wishes))
        if score is not None and (best is None or (score, village) < best):
            best = score, village
    return None if best is None else best[1]


def _score(draft: Draft, first: Wish, people: int) -> float | None:
    place = draft.place_for(first)
    if place is None:
        return None
    if not draft.visits:
        return float((first.until - date.min).days)
    worth: float = URGENT_MINUTES * 0.5 ** ((first.until - draft.shift.day).days / HALF_DAYS)
    return (place.detour - worth) / min(people, draft.shift.capacity - draft.people)


def _take(draft: Draft, wishes: Sequence[Wish]) -> list[Wish]:
    """As many of one village as fit, those first whose promise is nearest. The others."""
    left = []
    for wish in wishes:
        place = draft.place_for(wish) if does_well(draft, wish) else None
        if place is None:
            left.append(wish)
        else:
            draft.put(wish, place)
    return left
