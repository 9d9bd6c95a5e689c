"""Decisions about those who wait for a place on a day that is full, and about the places that become free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from queue_service.domain.actions import JoinWaitingList, PassOn, WithdrawEntry
from queue_service.domain.booking import check_days_ahead, free_slots, is_to_be_drawn, numbers_left, places, taken
from queue_service.domain.branches import GENERAL, Queue, late_minutes, notice_minutes
from queue_service.domain.errors import NotAllowed, NotFound, QueueClosed, QuotaFull
from queue_service.domain.events import EntryWithdrawn, Event, Given, Lapsed, WaitingListJoined
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.lots import Standing
from queue_service.domain.tickets import Status, Ticket, label_of
from queue_service.domain.visiting import check_quota


def join(floor: Floor, action: JoinWaitingList, now: datetime) -> Event:
    queue = floor.branch.queue(action.queue)
    if is_to_be_drawn(floor, queue, now):
        raise NotAllowed("The places of that day are drawn by lot. Please enter the draw.")
    if not can_be_joined(floor, queue, now):
        raise NotAllowed("There is no waiting list of {queue} for that day.", queue=queue.id)
    if queue.booking is not None:
        check_days_ahead(floor, queue, now)
    if not is_full(floor, queue, now):
        raise NotAllowed("There are free places on that day. Please choose a time.")
    if floor.line(queue.id).state is QueueState.CLOSED:
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=queue.id)
    if action.entry in floor.lots.entrants:
        raise NotAllowed("That could not be entered. Please try again.")
    return WaitingListJoined(queue.id, action.entry)


def can_be_joined(floor: Floor, queue: Queue, now: datetime) -> bool:
    """Whether a place of that day can be had at all: some time of it is still to come, or it was drawn."""
    is_drawn = queue.id in floor.lots.draws
    return any(slot > now for slot, _ in places(floor, queue)) or (is_drawn and not _is_over(floor, queue, now))


def is_full(floor: Floor, queue: Queue, now: datetime) -> bool:
    """Whether nobody who comes now can choose a time."""
    try:
        check_quota(floor, queue)
    except QuotaFull:
        return True
    return not any(free for _, free in free_slots(floor, queue, now))


def withdraw(floor: Floor, action: WithdrawEntry, now: datetime) -> Event | None:
    entrant = floor.lots.entrants.get(action.entry)
    if entrant is None or entrant.queue != action.queue:
        raise NotFound("There is no such entry.")
    if entrant.standing is Standing.WITHDRAWN:
        return None
    if entrant.standing is Standing.GIVEN:
        raise NotAllowed("A place was given already: number {label}.", label=entrant.label)
    if entrant.standing is Standing.ENTERED and floor.lots.draws[entrant.queue].is_closed:
        raise NotAllowed("The list of the draw is closed. An entry can be taken back once it is drawn.")
    return EntryWithdrawn(action.queue, action.entry)


def pass_on(floor: Floor, action: PassOn, now: datetime) -> tuple[Event, ...]:
    """First what nobody came for is free again, then whoever has waited longest is given it: in one step."""
    queue = floor.branch.queue(action.queue)
    lapsed = list(late(floor, queue, now))
    if is_to_be_drawn(floor, queue, now):
        return ()
    given = give(floor, queue, floor.lots.waiting.get(queue.id, ()), now, lapsed)
    return (*(Lapsed(ticket.label) for ticket in lapsed), *given)


def late(floor: Floor, queue: Queue, now: datetime) -> Iterator[Ticket]:
    """Booked, and not here by the late limit, where the queue releases those."""
    if queue.booking is None or not queue.booking.release_late or floor.day != floor.branch.day_of(now):
        return
    if floor.suspended_until(queue.id, now):
        return  # nobody is there for whom they might come
    for ticket in floor.tickets.values():
        if ticket.queue == queue.id and ticket.status is Status.BOOKED and lapses_at(floor, queue, ticket) < now:
            yield ticket


def lapses_at(floor: Floor, queue: Queue, ticket: Ticket) -> datetime:
    """Whoever was given a place at short notice has that much time to come."""
    assert ticket.slot is not None and ticket.slot_given_at is not None
    begins = ticket.slot
    if ticket.label in floor.lots.given:
        begins = max(begins, ticket.slot_given_at + timedelta(minutes=notice_minutes(queue)))
    return begins + timedelta(minutes=late_minutes(queue))


def give(
    floor: Floor, queue: Queue, entries: Iterable[str], now: datetime, lapsed: Iterable[Ticket] = ()
) -> tuple[Event, ...]:
    """The places that there are, in the order of their times, to these entries in their order."""
    released = list(lapsed)
    if floor.line(queue.id).state is QueueState.CLOSED or _is_over(floor, queue, now):
        return ()
    issued, left = floor.line(queue.id).issued, numbers_left(floor, queue)
    slots = _free_places(floor, queue, now, Counter(ticket.slot for ticket in released if ticket.slot))
    most = None if left is None else left + len(released)
    found: list[Event] = []
    for slot, entry in zip(slots, entries, strict=False):
        if most is not None and len(found) >= most:
            break
        found.append(Given(label_of(queue.prefix, issued + len(found) + 1), queue.id, slot, GENERAL, entry))
    return tuple(found)


def _free_places(floor: Floor, queue: Queue, now: datetime, released: Counter[datetime]) -> Iterator[datetime]:
    """Each as often as it is free: first those that can be reached in time, then those for whoever can come at once,
    among them what was just released though its time has begun."""
    held, limits = taken(floor, queue.id) - released, dict(places(floor, queue))
    reach = now + timedelta(minutes=notice_minutes(queue))
    at_once = [slot for slot in limits if slot < reach and (slot > now or slot in released)]
    since = floor.suspended_until(queue.id, now)
    for slot in [*(slot for slot in limits if slot >= reach), *at_once]:
        if since is not None and slot <= since:
            continue
        yield from [slot] * (limits[slot] - held[slot])


def _is_over(floor: Floor, queue: Queue, now: datetime) -> bool:
    return floor.day == floor.branch.day_of(now) and floor.is_closed_for_today(queue.id, now)
