"""The fold of what concerns referrals; `fold.py` takes it in."""

from __future__ import annotations

from datetime import date

from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.referral_events import ReferralEvent
from queue_service.domain.referrals import Referral


def note_referral(floor: Floor, entry: Entry, event: ReferralEvent) -> tuple[str, ...]:
    """No queue looks different for it."""
    known = floor.referrals.get(event.referral) or begun(floor.branch.id, floor.day, event)
    floor.referrals[event.referral] = known.after(event, entry.at)
    return ()


def begun(branch: str, day: date, event: ReferralEvent) -> Referral:
    """Of which an entry on this day tells first."""
    return Referral(event.referral, branch, date.fromisoformat(event.of) if event.of else day, event.label)
