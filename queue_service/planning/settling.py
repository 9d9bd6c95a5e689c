"""Where a draft meets wishes and promises: what is still without a place gets one, on the best day that has room."""

from __future__ import annotations

from collections.abc import Sequence

from queue_service.planning.drafts import Draft
from queue_service.planning.first_come import cheapest
from queue_service.planning.values import Fit, Wish


def fit_of(draft: Draft, wish: Wish) -> Fit:
    return wish.fit(draft.shift.day)


def settle(drafts: Sequence[Draft], waiting: Sequence[Wish]) -> list[Wish]:
    """Puts them in, the nearest promise first: on a day that they asked for, else in time; those who find no room in
    time come on the first day on which there is any. Afterwards nobody could be put on a better day than theirs, nor
    anywhere who is left. Answers with these.

    Each round may make room for others: a village that is on the way already costs no travel any more.
    """
    left = sorted(waiting, key=_urgency)
    while True:
        unplaced, moved = left, 0
        for fit in (Fit.WISHED, Fit.IN_TIME):
            unplaced = [wish for wish in unplaced if not _put(_fitting(drafts, wish, fit), wish)]
            moved += _improve(drafts, fit)
        still = _put_late(drafts, unplaced)
        if not moved and len(still) == len(left):
            return still
        left = still


def _urgency(wish: Wish) -> tuple[object, ...]:
    return wish.promised_by, wish.received, wish.id


def _improve(drafts: Sequence[Draft], fit: Fit) -> int:
    """How many could come on a day that does so well, after all."""
    moved = 0
    for draft in drafts:
        for wish in [wish for wish in draft.wishes if fit_of(draft, wish) > fit]:
            if _put(_fitting(drafts, wish, fit), wish):
                draft.take_out(wish)
                moved += 1
    return moved


def _put_late(drafts: Sequence[Draft], wishes: Sequence[Wish]) -> list[Wish]:
    still = []
    for wish in wishes:
        days = sorted({draft.shift.day for draft in drafts if fit_of(draft, wish) is Fit.LATE})
        if not any(_put([draft for draft in drafts if draft.shift.day == day], wish) for day in days):
            still.append(wish)
    return still


def _fitting(drafts: Sequence[Draft], wish: Wish, fit: Fit) -> list[Draft]:
    return [draft for draft in drafts if fit_of(draft, wish) is fit]


def _put(drafts: Sequence[Draft], wish: Wish) -> bool:
    found = cheapest(drafts, wish)
    if found is not None:
        found[0].put(wish, found[1])
    return found is not None
