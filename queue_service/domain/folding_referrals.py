"""The fold of what concerns referrals; `fold.py` takes it in. A floor keeps what its own day tells of each: that may be
the end of one that began on another day."""

from __future__ import annotations

from collections.abc import Iterator

from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.referral_events import ReferralEvent
from queue_service.domain.referrals import Referral, begun, caught_up


def note_referral(floor: Floor, entry: Entry, event: ReferralEvent) -> tuple[str, ...]:
    """No queue looks different for it."""
    floor.referrals[event.referral] = (*floor.referrals.get(event.referral, ()), entry)
    return ()


def referrals_from(floor: Floor, label: str) -> Iterator[Referral]:
    """Of a ticket of this day, as far as this day tells."""
    for entries in floor.referrals.values():
        event = entries[0].event
        if isinstance(event, ReferralEvent) and event.label == label and not event.of:
            yield caught_up(begun(floor.branch.id, floor.day, event), floor.day, entries)
