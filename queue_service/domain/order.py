"""Why a queue stands as it does: each place has one reason, and the same one for everybody who asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Ticket


class Reason(StrEnum):
    CAME = "came"  # due when it was issued
    RIGHT = "right"  # of precedence, or by an appointment: which of the two is nobody else's business
    URGENT = "urgent"  # put in before all others by the staff
    RETURNED = "returned"  # sent back, sent on, or come too late: due from then on


@dataclass(frozen=True, slots=True)
class Place:
    label: str
    reason: Reason
    due: datetime
    callable_at: datetime | None  # missed a call, and may not be called again before


def places(floor: Floor, queue: str) -> Iterator[Place]:
    """In the order in which they would be called if nobody else came."""
    for ticket in floor.waiting(queue):
        yield Place(ticket.label, reason(floor, ticket), ticket.due, floor.callable_at(ticket))


def reason(floor: Floor, ticket: Ticket) -> Reason:
    if ticket.is_urgent and not ticket.visited:
        return Reason.URGENT
    if has_right(floor, ticket):
        return Reason.RIGHT
    return Reason.CAME if ticket.due == ticket.issued_at else Reason.RETURNED


def has_right(floor: Floor, ticket: Ticket) -> bool:
    ticket_class = floor.branch.classes.get(ticket.ticket_class)
    return ticket.slot is not None or (ticket_class is not None and ticket_class.minutes > 0)
