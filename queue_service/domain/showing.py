"""How many of those who book do come, and how many more than the places may therefore be booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from queue_service.domain.actions import SetLimit
from queue_service.domain.branches import Booking
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import (
    Booked,
    Cancelled,
    CheckedIn,
    Completed,
    Entry,
    Event,
    Held,
    Lapsed,
    LimitSet,
    Moved,
    Released,
    Requeued,
    Served,
    TicketEvent,
    Transferred,
    Undone,
)
from queue_service.domain.floors import Floor

PRIOR = 30  # as if so many had booked before, and all had come: a few days alone say little
WINDOW_DAYS = 28

_CAME = (CheckedIn, Served, Completed, Held, Requeued, Transferred)
_GONE = (Cancelled, Released)  # and free for another: no sign of anything


@dataclass(frozen=True, slots=True)
class Attendance:
    """Of appointments: how many there were in the end, and how many of these people came."""

    booked: int = 0
    came: int = 0

    def __add__(self, other: Attendance) -> Attendance:
        return Attendance(self.booked + other.booked, self.came + other.came)

    @property
    def show_percent(self) -> int:
        return (100 * (self.came + PRIOR) * 2 + self.booked + PRIOR) // ((self.booked + PRIOR) * 2)


def attendance(entries: Iterable[Entry]) -> Mapping[str, Attendance]:
    """By queue, of one day that is over. What was undone never happened."""
    kept = list(entries)
    undone = {entry.event.undoes for entry in kept if isinstance(entry.event, Undone)}
    expected: dict[str, str] = {}  # labels of those who have not come, and their queue
    counts: dict[str, Attendance] = defaultdict(Attendance)
    for entry in kept:
        event = entry.event
        if entry.seq in undone or not isinstance(event, TicketEvent):
            continue
        if isinstance(event, Booked) or (isinstance(event, Moved) and event.label in expected):
            expected[event.label] = event.queue
        elif event.label in expected and isinstance(event, (*_CAME, *_GONE, Lapsed)):
            queue = expected.pop(event.label)
            if not isinstance(event, _GONE):
                counts[queue] += Attendance(1, int(isinstance(event, _CAME)))
    for queue in expected.values():
        counts[queue] += Attendance(1, 0)
    return counts


def overbooked_to(booking: Booking, seen: Attendance) -> int:
    """So many that the places are just filled by those who come; never more than the queue has published."""
    needed = booking.per_slot * (seen.booked + PRIOR) // (seen.came + PRIOR)
    return min(needed, booking.most)


def set_limit(floor: Floor, action: SetLimit, now: datetime) -> Event | None:
    booking = floor.branch.queue(action.queue).booking
    if booking is None or not booking.per_slot <= action.overbooked_to <= booking.most:
        raise NotAllowed("{queue} is not overbooked so far.", queue=action.queue)
    event = LimitSet(action.queue, action.overbooked_to, action.show_percent)
    return None if floor.lots.limits.get(action.queue) == event else event
