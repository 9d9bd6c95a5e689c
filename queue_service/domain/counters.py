"""A counter as it stands today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from queue_service.domain.tickets import Ticket


class CounterState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"  # finishes who is there, calls nobody
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LastAction:
    """What a counter did last and how things stood before, so that it can be taken back."""

    seq: int
    kind: str
    counter: Counter
    ticket: Ticket | None
    gap_from: datetime | None = None  # of the ticket's line


@dataclass(frozen=True, slots=True)
class Counter:
    id: str
    queues: tuple[str, ...]
    state: CounterState = CounterState.CLOSED
    ticket: str | None = None  # the label of who is called or served here
    last: LastAction | None = None
    by: str = ""  # who acted here last
    at: datetime | None = None  # when that was
