"""How a lease stands, by the day's own journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from queue_service.domain.events import Entry
from queue_service.domain.trip_events import FieldReclaimed, FieldReturned, FieldTaken


class Standing(StrEnum):
    OUT = "out"
    RETURNED = "returned"
    RECLAIMED = "reclaimed"
    FORGOTTEN = "forgotten"  # the day's journal knows nothing of it: the centre was restored from an older backup


GOES_ON_HERE = frozenset({Standing.RECLAIMED, Standing.FORGOTTEN})  # the day, without what the field has


@dataclass(frozen=True, slots=True)
class Known:
    """`forked`: how many entries both sides have, once it goes on at the centre without the field."""

    standing: Standing
    device: str
    forked: int | None = None


def find_lease(entries: Sequence[Entry], lease: str) -> Known | None:
    """None where this day was never given away under it."""
    known = None
    for entry in entries:
        event = entry.event
        if isinstance(event, FieldTaken) and event.lease == lease:
            known = Known(Standing.OUT, event.device)
        elif known is not None and isinstance(event, FieldReturned) and event.lease == lease:
            known = Known(Standing.RETURNED, known.device, entry.seq)
        elif known is not None and isinstance(event, FieldReclaimed) and event.lease == lease:
            known = Known(Standing.RECLAIMED, known.device, entry.seq - 1)
    return known
