"""Where a draft meets the promises: what is still without a place gets one, in time where there is room in time."""

from __future__ import annotations

from collections.abc import Sequence

from queue_service.planning.drafts import Draft
from queue_service.planning.first_come import cheapest
from queue_service.planning.values import Wish


def is_in_time(draft: Draft, wish: Wish) -> bool:
    return draft.shift.day <= wish.promised_by


def settle(drafts: Sequence[Draft], waiting: Sequence[Wish]) -> list[Wish]:
    """Puts them in, the nearest promise first; those who find no room in time come on the first day on which there is
    any. Afterwards nobody could be put in time who is late, nor anywhere who is left. Answers with these.

    Each round may make room for others: a village that is on the way already costs no travel any more.
    """
    left = sorted(waiting, key=_urgency)
    while True:
        unplaced = _put_in_time(drafts, left)
        moved = _move_into_time(drafts)
        still = _put_late(drafts, unplaced)
        if not moved and len(still) == len(left):
            return still
        left = still


def _urgency(wish: Wish) -> tuple[object, ...]:
    return wish.promised_by, wish.received, wish.id


def _put_in_time(drafts: Sequence[Draft], wishes: Sequence[Wish]) -> list[Wish]:
    return [wish for wish in wishes if not _put(_in_time(drafts, wish), wish)]


def _move_into_time(drafts: Sequence[Draft]) -> int:
    """How many late ones could come in time after all."""
    moved = 0
    for draft in drafts:
        for wish in [wish for wish in draft.wishes if not is_in_time(draft, wish)]:
            if _put(_in_time(drafts, wish), wish):
                draft.take_out(wish)
                moved += 1
    return moved


def _put_late(drafts: Sequence[Draft], wishes: Sequence[Wish]) -> list[Wish]:
    still = []
    for wish in wishes:
        days = sorted({draft.shift.day for draft in drafts if not is_in_time(draft, wish)})
        if not any(_put([draft for draft in drafts if draft.shift.day == day], wish) for day in days):
            still.append(wish)
    return still


def _in_time(drafts: Sequence[Draft], wish: Wish) -> list[Draft]:
    return [draft for draft in drafts if is_in_time(draft, wish)]


def _put(drafts: Sequence[Draft], wish: Wish) -> bool:
    found = cheapest(drafts, wish)
    if found is not None:
        found[0].put(wish, found[1])
    return found is not None
