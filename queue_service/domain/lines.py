"""Where a queue stands today: who waits, in which order, and how fast it has been moving."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from queue_service.domain.tickets import Ticket

RECENT_GAPS = 20


class QueueState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # tickets are issued, nobody is called by the rules
    CLOSED = "closed"  # no tickets are issued, those waiting are still called


@dataclass
class Line:
    state: QueueState = QueueState.OPEN
    suspended_until: datetime | None = None
    issued: int = 0  # up to here all numbers are given out; the next is ours to give
    skipped: int = 0  # of the numbers up to there, those that were not given out here
    gaps: list[float] = field(default_factory=list)  # seconds between calls while someone waited, the latest last
    gap_from: datetime | None = None  # the last call, if someone has been waiting ever since
    _order: list[tuple[datetime, int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._order)

    def labels(self) -> Iterator[str]:
        return (label for _, _, label in self._order)

    def due_at(self, place: int) -> datetime:
        """Of whoever stands there."""
        return self._order[place][0]

    def ahead_of(self, ticket: Ticket) -> int:
        return bisect_left(self._order, ticket.place)

    def enter(self, ticket: Ticket) -> None:
        insort(self._order, ticket.place)

    def leave(self, ticket: Ticket) -> None:
        del self._order[bisect_left(self._order, ticket.place)]
        if not self._order:
            self.gap_from = None

    def note_call(self, at: datetime, gap_from: datetime | None) -> None:
        """To be told of each call from the waiting, once its ticket has left; `gap_from` is how it stood before."""
        if gap_from is not None and at >= gap_from:
            self.gaps.append((at - gap_from).total_seconds())
            del self.gaps[:-RECENT_GAPS]
        self.gap_from = at if self._order else None

    def take_back_call(self, at: datetime, gap_from: datetime | None) -> None:
        """A call that did not hold must not make the queue look fast."""
        if self.gap_from not in (at, None):
            return  # others have called since
        if gap_from is not None and at >= gap_from:
            self.gaps.pop()
        self.gap_from = gap_from

    def copy(self) -> Line:
        return replace(self, gaps=self.gaps.copy(), _order=self._order.copy())
