"""When somebody with an appointment is to be reminded of it: each reminder once, for whoever carries it to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from queue_service.domain.actions import Remind
from queue_service.domain.branches import Queue
from queue_service.domain.events import Event, ReminderDue
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status, Ticket


def remind(floor: Floor, action: Remind, now: datetime) -> tuple[Event, ...]:
    queue = floor.branch.queue(action.queue)
    return tuple(
        ReminderDue(ticket.label, minutes)
        for ticket in _booked(floor, queue)
        if (minutes := _due(queue, ticket, now)) is not None
    )


def next_reminder(floor: Floor, queue: Queue, now: datetime) -> datetime | None:
    """The first that is still to come."""
    moments = (at for ticket in _booked(floor, queue) for _, at in _moments(queue, ticket) if at > now)
    return min(moments, default=None)


def _booked(floor: Floor, queue: Queue) -> list[Ticket]:
    if queue.booking is None or not queue.booking.reminders:
        return []
    return [t for t in floor.tickets.values() if t.queue == queue.id and t.status is Status.BOOKED and t.slot]


def _due(queue: Queue, ticket: Ticket, now: datetime) -> int | None:
    """Only the last of several that were missed: the service may have been down."""
    assert ticket.slot is not None
    passed = [minutes for minutes, at in _moments(queue, ticket) if at <= now < ticket.slot]
    last = min(passed, default=None)
    return last if last is not None and (ticket.reminded is None or last < ticket.reminded) else None


def _moments(queue: Queue, ticket: Ticket) -> Iterator[tuple[int, datetime]]:
    """But those before the time was chosen: whoever has just done so remembers it."""
    assert queue.booking is not None and ticket.slot is not None and ticket.slot_given_at is not None
    for minutes in queue.booking.reminders:
        at = ticket.slot - timedelta(minutes=minutes)
        if at > ticket.slot_given_at:
            yield minutes, at
