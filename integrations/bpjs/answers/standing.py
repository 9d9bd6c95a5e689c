"""How a queue stands for whoever asks, read from its floor. Nothing here reads a clock or a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.bpjs.answers.practices import Practice
from queue_service.domain.booking import of_share
from queue_service.domain.branches import Queue, late_minutes
from queue_service.domain.events import to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.waits import knots, wait_for

NOBODY_YET = "-"  # has been called
STANDARD_SECONDS = 600.0  # of service, where a queue tells nothing of its own


@dataclass(frozen=True, slots=True)
class Seats:
    """Of one practice on one day, for the insured and for the others."""

    left: int
    quota: int
    others_left: int
    others_quota: int

    @property
    def told(self) -> dict[str, int]:
        return {
            "sisakuotajkn": self.left,
            "kuotajkn": self.quota,
            "sisakuotanonjkn": self.others_left,
            "kuotanonjkn": self.others_quota,
        }


def seats(floor: Floor, practice: Practice) -> Seats:
    clinic = practice.clinic
    opens, closes = practice.span(floor.day)
    held = of_share(floor, practice.queue, practice.share)
    others = sum(
        ticket.prefix == practice.queue.prefix
        and not ticket.share
        and ticket.status is not Status.CANCELLED
        and opens <= (ticket.slot or max(opens, ticket.issued_at)) < closes
        for ticket in floor.tickets.values()
    )
    return Seats(
        max(0, clinic.quota_jkn - held), clinic.quota_jkn, max(0, clinic.quota_non_jkn - others), clinic.quota_non_jkn
    )


def total(floor: Floor, practice: Practice) -> int:
    """All who have a number of it, whatever has become of them."""
    return sum(_is_of(ticket, practice, floor) for ticket in floor.tickets.values())


def to_be_served(floor: Floor, practice: Practice, now: datetime) -> int:
    """Who would come before somebody who takes a number now: all that wait, and those who have booked and can still
    come."""
    queue = practice.queue.id
    return len(floor.line(queue)) + sum(_is_of(ticket, practice, floor) for ticket in coming(floor, queue, now))


def _is_of(ticket: Ticket, practice: Practice, floor: Floor) -> bool:
    """Who came without an appointment is of all hours that the queue has."""
    if ticket.prefix != practice.queue.prefix or ticket.status is Status.CANCELLED:
        return False
    if ticket.share:
        return ticket.share == practice.share
    opens, closes = practice.span(floor.day)
    return ticket.slot is None or opens <= ticket.slot < closes


def called(floor: Floor, queue: str) -> str:
    """The number that was called last; of those who have gone on to another queue since, the highest."""
    here = floor.at_counters(queue)
    if here:
        return here[0].label
    once = [ticket for ticket in floor.tickets.values() if ticket.queue == queue and ticket.called_at is not None]
    if once:
        return max(once, key=lambda ticket: (ticket.called_at, ticket.label)).label
    gone = (ticket for ticket in floor.tickets.values() if queue in ticket.visited)
    return max((ticket.label for ticket in gone), default=NOBODY_YET)


def called_number(floor: Floor, queue: str) -> int:
    label = called(floor, queue)
    return 0 if label == NOBODY_YET else floor.ticket(label).number


@dataclass(frozen=True, slots=True)
class Remaining:
    """`ahead`: who is called before this one, by the order that the floor keeps."""

    ahead: int
    wait_seconds: int


def remaining(floor: Floor, ticket: Ticket, now: datetime, begins: datetime | None = None) -> Remaining:
    """`begins`: when service does, in the queue where the ticket is."""
    ahead = ahead_of(floor, ticket, now)
    if ahead is None:  # called, or set aside: nobody comes between
        return Remaining(0, 0)
    until = 0 if begins is None else max(0, round((begins - now).total_seconds()))
    return Remaining(ahead, wait_seconds(floor, ticket.queue, ahead, until))


def ahead_of(floor: Floor, ticket: Ticket, now: datetime) -> int | None:
    """Of somebody who has booked and is not here yet: those who wait or will come, and are due before."""
    if ticket.status is not Status.BOOKED:
        return floor.ahead_of(ticket)
    here = sum(other.place < ticket.place for other in floor.waiting(ticket.queue))
    return here + sum(other.place < ticket.place for other in coming(floor, ticket.queue, now))


def coming(floor: Floor, queue: str, now: datetime) -> Iterator[Ticket]:
    """Who have booked, and can still be here for it."""
    plan = floor.branch.queues.get(queue)
    earliest = now - timedelta(minutes=late_minutes(plan) if plan else 0)
    booked = (ticket for ticket in floor.tickets.values() if ticket.status is Status.BOOKED and ticket.queue == queue)
    return (ticket for ticket in booked if ticket.slot is not None and ticket.slot >= earliest)


def wait_seconds(floor: Floor, queue: str, ahead: int, until: int = 0) -> int:
    """By how fast it has been moving; before it has moved enough to tell, by what its set-up plans for each, from when
    it begins in so many seconds."""
    known = wait_for(knots(floor, queue), ahead)
    plan = floor.branch.queues.get(queue)
    return known[0] if known else until + round(ahead * (STANDARD_SECONDS if plan is None else _planned_seconds(plan)))


def _planned_seconds(queue: Queue) -> float:
    booking = queue.booking
    return STANDARD_SECONDS if booking is None else booking.slot_minutes * 60 / booking.per_slot


def estimated_ms(floor: Floor, ticket: Ticket, now: datetime) -> int:
    """When it will be served: at its time, or later where the queue is behind by then. Milliseconds since 1970."""
    assert ticket.slot is not None
    if floor.day != floor.branch.day_of(now):
        return to_ms(ticket.slot)
    before = sum(other.due <= ticket.slot for other in floor.waiting(ticket.queue))
    return to_ms(max(ticket.slot, now + timedelta(seconds=wait_seconds(floor, ticket.queue, before))))
