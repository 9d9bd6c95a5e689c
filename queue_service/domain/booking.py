"""Decisions about appointments: the times there are, who gets one, and what becomes of it on the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from queue_service.domain import tickets
from queue_service.domain.actions import Book, BookWithin, KeepPlace, Postpone, Release, Reschedule
from queue_service.domain.branches import GENERAL, Booking, Branch, Queue
from queue_service.domain.errors import Invalid, NotAllowed, QueueClosed, QuotaFull, SlotFull
from queue_service.domain.events import Booked, Event, Released, Rescheduled
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.lots import window
from queue_service.domain.tickets import Status, Ticket, label_of
from queue_service.domain.visiting import MOVABLE, check_number, check_quota, minutes_of_class


def slots(branch: Branch, queue: Queue, day: date) -> Iterator[datetime]:
    """When appointments of this day begin, in order: each ends before the span of opening hours that it is in."""
    if queue.booking is None:
        return
    length = timedelta(minutes=queue.booking.slot_minutes)
    for span in queue.calendar.spans(day) or ():
        begin, end = _moment(branch, day, span.opens), _moment(branch, day, span.closes)
        while begin + length <= end:
            yield begin
            begin += length


def _moment(branch: Branch, day: date, local: time) -> datetime:
    return datetime.combine(day, local, branch.timezone).astimezone(UTC)


def taken(floor: Floor, queue: str) -> Counter[datetime]:
    """How many hold each time."""
    return Counter(
        ticket.slot
        for ticket in floor.tickets.values()
        if ticket.slot is not None and ticket.queue == queue and ticket.status is not Status.CANCELLED
    )


def places(floor: Floor, queue: Queue) -> list[tuple[datetime, int]]:
    """The times of this day, each with how many may have it; where places are only drawn, all at the opening."""
    if queue.booking is not None:
        most = limit(floor, queue.id, queue.booking)
        return [(slot, most) for slot in slots(floor.branch, queue, floor.day)]
    draw, spans = floor.lots.draws.get(queue.id), queue.calendar.spans(floor.day)
    return [(_moment(floor.branch, floor.day, spans[0].opens), draw.announced.quota)] if draw and spans else []


def limit(floor: Floor, queue: str, booking: Booking) -> int:
    """How many may have a time of this day: what its journal says, within what the set-up publishes."""
    learned = floor.lots.limits.get(queue)
    return booking.per_slot if learned is None else max(booking.per_slot, min(learned.overbooked_to, booking.most))


def numbers_left(floor: Floor, queue: Queue) -> int | None:
    """Of the day's quota, and of those drawn by lot; whoever gave theirs back left it to another. None: no end."""
    draw, left = floor.lots.draws.get(queue.id), []
    if queue.quota is not None:
        left.append(queue.quota - sum(ticket.prefix == queue.prefix for ticket in _alive(floor)))
    if draw is not None:
        left.append(draw.announced.quota - sum(taken(floor, queue.id).values()))
    return max(0, min(left)) if left else None


def _alive(floor: Floor) -> Iterator[Ticket]:
    return (ticket for ticket in floor.tickets.values() if ticket.status is not Status.CANCELLED)


def is_to_be_drawn(floor: Floor, queue: Queue, now: datetime) -> bool:
    """Whether nobody may have a place of this day but by a draw that is still to come."""
    draw = floor.lots.draws.get(queue.id)
    if floor.day <= floor.branch.day_of(now):
        return False  # a draw that could not be held keeps nobody away
    if draw is not None:
        return not draw.is_drawn
    return queue.draw is not None and now < window(floor.branch, queue.draw, floor.day).closes


def free_slots(floor: Floor, queue: Queue, now: datetime) -> list[tuple[datetime, int]]:
    """The times still to come, each with how many more may have it; none while others wait for one."""
    if queue.booking is None:
        return []
    held, left = taken(floor, queue.id), numbers_left(floor, queue)
    since = floor.suspended_until(queue.id, now) or now
    if is_to_be_drawn(floor, queue, now) or floor.lots.is_waited_for(queue.id):
        left = 0
    free = [(slot, max(0, most - held[slot])) for slot, most in places(floor, queue) if slot > since]
    return free if left is None else [(slot, min(left, more)) for slot, more in free]


def days_to_book(branch: Branch, queue: Queue, now: datetime) -> Iterator[date]:
    """Those on which there is service, up to the furthest."""
    if queue.booking is None:
        return
    today = branch.day_of(now)
    for ahead in range(queue.booking.days_ahead + 1):
        day = today + timedelta(days=ahead)
        if any(slot > now for slot in slots(branch, queue, day)):
            yield day


def book(floor: Floor, action: Book, now: datetime) -> Event:
    queue = floor.branch.queue(action.queue)
    minutes_of_class(floor.branch, action.ticket_class)
    if action.number is not None:
        check_number(floor, queue, action.number)
        return Booked(label_of(queue.prefix, action.number), queue.id, action.slot, action.ticket_class)
    _check_slot(floor, queue, action.slot, now)
    label = _next_label(floor, queue, now)
    return Booked(label, queue.id, action.slot, action.ticket_class, referral=action.referral)


def _next_label(floor: Floor, queue: Queue, now: datetime) -> str:
    """Raises QueueClosed or QuotaFull."""
    line = floor.line(queue.id)
    if line.state is QueueState.CLOSED or floor.is_off(queue.id, now):
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=queue.id)
    check_quota(floor, queue)
    return label_of(queue.prefix, line.issued + 1)


def book_within(floor: Floor, action: BookWithin, now: datetime) -> Event:
    queue = floor.branch.queue(action.queue)
    check_days_ahead(floor, queue, now)
    label = _next_label(floor, queue, now)
    if of_share(floor, queue, action.share) >= action.most:
        raise QuotaFull("All {quota} numbers of that day for {queue} are given out.", quota=action.most, queue=queue.id)
    for slot, free in free_slots(floor, queue, now):
        if free and action.opens <= slot < action.closes:
            return Booked(label, queue.id, slot, GENERAL, share=action.share)
    raise SlotFull("All places at that time are taken.")


def of_share(floor: Floor, queue: Queue, share: str) -> int:
    """How many of this queue's numbers hold a place of it, wherever their visits have come to."""
    return sum(ticket.prefix == queue.prefix and ticket.share == share for ticket in _alive(floor))


def reschedule(floor: Floor, action: Reschedule, now: datetime) -> Event | None:
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.RESCHEDULE)
    if ticket.slot == action.slot:
        return None
    _check_slot(floor, floor.branch.queue(ticket.queue), action.slot, now)
    return Rescheduled(ticket.label, action.slot)


def _check_slot(floor: Floor, queue: Queue, slot: datetime, now: datetime) -> None:
    """Raises NotAllowed, Invalid or SlotFull."""
    booking = check_days_ahead(floor, queue, now)
    if slot not in slots(floor.branch, queue, floor.day):
        raise Invalid("slot: no appointment begins at that time.")
    if slot <= now:
        raise NotAllowed("That time is over.")
    if slot <= (floor.suspended_until(queue.id, now) or now):
        raise NotAllowed("Nobody serves {queue} at that time.", queue=queue.id)
    if is_to_be_drawn(floor, queue, now):
        raise NotAllowed("The places of that day are drawn by lot. Please enter the draw.")
    if taken(floor, queue.id)[slot] >= limit(floor, queue.id, booking):
        raise SlotFull("All places at that time are taken.")
    if floor.lots.is_waited_for(queue.id):
        raise SlotFull("Others wait for a place on that day, and get what becomes free.")


def check_days_ahead(floor: Floor, queue: Queue, now: datetime) -> Booking:
    """Raises NotAllowed."""
    booking = _booking_of(queue)
    if floor.day > floor.branch.day_of(now) + timedelta(days=booking.days_ahead):
        raise NotAllowed("Appointments are given {days} days ahead.", days=booking.days_ahead)
    return booking


def _booking_of(queue: Queue) -> Booking:
    if queue.booking is None:
        raise NotAllowed("{queue} takes no appointments.", queue=queue.id)
    return queue.booking


def keep_place(floor: Floor, action: KeepPlace, now: datetime) -> Event:
    """Without regard to quota and places: whoever waited a day has a claim to the next."""
    queue = floor.branch.queue(action.queue)
    label = label_of(queue.prefix, floor.line(queue.id).issued + 1)
    return Booked(label, queue.id, action.slot, action.ticket_class, share=action.share, referral=action.referral)


def release(floor: Floor, action: Release, now: datetime) -> Event:
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.RELEASE)
    if not floor.is_closed_for_today(ticket.queue, now):
        raise NotAllowed("{queue} has not closed for today.", queue=ticket.queue)
    return Released(ticket.label, action.kept_on, action.kept_as)


def postpone(floor: Floor, action: Postpone, now: datetime) -> Event:
    ticket = floor.ticket(action.label)
    if ticket.status not in MOVABLE or not floor.suspended_until(ticket.queue, now):
        raise NotAllowed("Ticket {label} stays in {queue}.", label=ticket.label, queue=ticket.queue)
    return Released(ticket.label, action.kept_on, action.kept_as)
