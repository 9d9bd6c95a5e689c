"""What another set-up does to those who are at a branch, or have an appointment there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from queue_service.domain.branches import GENERAL, Branch
from queue_service.domain.counters import CounterState
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import LIVE, Status, Ticket
from queue_service.domain.trips import with_stops


class Effect(StrEnum):
    """Those that end in PEOPLE would lose somebody: no set-up may."""

    QUEUE_WITH_PEOPLE = "queue_with_people"  # it would be gone
    COUNTER_WITH_PEOPLE = "counter_with_people"
    PREFIX_OF_PEOPLE = "prefix_of_people"  # two could get the same number
    DAY_OF_PEOPLE = "day_of_people"  # another time zone, in which it is another day
    CLOSES = "closes"
    QUOTA_REACHED = "quota_reached"
    CLASS_GONE = "class_gone"
    CLASS_MINUTES = "class_minutes"
    COUNTER_GONE = "counter_gone"
    COUNTER_QUEUES = "counter_queues"
    BOOKED_WHEN_CLOSED = "booked_when_closed"
    NO_MORE_BOOKING = "no_more_booking"


LOSES = frozenset({Effect.QUEUE_WITH_PEOPLE, Effect.COUNTER_WITH_PEOPLE, Effect.PREFIX_OF_PEOPLE, Effect.DAY_OF_PEOPLE})


@dataclass(frozen=True, slots=True)
class Told:
    """`of`: the queue, counter or class that it is about, as people call it; `n`: how many."""

    effect: Effect
    of: str = ""
    n: int = 0


def effects(floor: Floor, new: Branch | None, now: datetime, language: str) -> Iterator[Told]:
    """Of a branch that is to be `new`, on this floor's day; None: it is to be gone."""
    old = floor.branch
    for queue in old.queues.values():
        is_gone = new is None or (floor.trip is None and queue.id not in new.queues)
        if is_gone and (people := _expected(floor, queue.id)):
            yield Told(Effect.QUEUE_WITH_PEOPLE, queue.name.in_language(language), len(people))
    if new is None:
        return
    if floor.trip is not None:
        new = with_stops(new, floor.trip, floor.day)
    yield from _of_labels(floor, new, now)
    yield from _of_queues(floor, new, now, language)
    yield from _of_classes(floor, new, language)
    yield from _of_counters(floor, new, language)


def _expected(floor: Floor, queue: str) -> list[Ticket]:
    """Also those whose visit leads there later."""
    return [ticket for ticket in floor.tickets.values() if ticket.status in LIVE and queue in _stops(ticket)]


def _stops(ticket: Ticket) -> set[str]:
    return {*ticket.queues, *(stop.queue for stage in ticket.ahead for stop in stage)}


def _of_labels(floor: Floor, new: Branch, now: datetime) -> Iterator[Told]:
    used = {ticket.prefix for ticket in floor.tickets.values()}
    for prefix, queue in new.queue_of_prefix.items():
        if prefix in used and floor.branch.queue_of_prefix.get(prefix) != queue:
            yield Told(Effect.PREFIX_OF_PEOPLE, prefix)
    has_people = any(_expected(floor, queue) for queue in floor.branch.queues)
    if has_people and new.day_of(now) != floor.branch.day_of(now):
        yield Told(Effect.DAY_OF_PEOPLE)


def _of_queues(floor: Floor, new: Branch, now: datetime, language: str) -> Iterator[Told]:
    after = floor.copy()
    after.branch = new
    is_today = floor.day == floor.branch.day_of(now)
    for queue in (new.queues[queue] for queue in floor.branch.queues if queue in new.queues):
        name, people = queue.name.in_language(language), _expected(floor, queue.id)
        is_open, stays_open = (one.state_of(queue.id, now) is not QueueState.CLOSED for one in (floor, after))
        if is_today and people and is_open and not stays_open:
            yield Told(Effect.CLOSES, name, len(people))
        given = floor.line(queue.id).issued - floor.line(queue.id).skipped
        quota_before = floor.branch.queues[queue.id].quota
        if is_today and queue.quota and given >= queue.quota and (quota_before is None or quota_before > given):
            yield Told(Effect.QUOTA_REACHED, name, given)
        booked = [
            ticket
            for ticket in people
            if ticket.slot is not None and ticket.status is Status.BOOKED and ticket.queue == queue.id
        ]
        if booked and queue.booking is None:
            yield Told(Effect.NO_MORE_BOOKING, name, len(booked))
        homeless = [ticket for ticket in booked if not _is_open_for(ticket, queue.id, new)]
        if len(homeless) > sum(not _is_open_for(ticket, queue.id, floor.branch) for ticket in booked):
            yield Told(Effect.BOOKED_WHEN_CLOSED, name, len(homeless))


def _is_open_for(ticket: Ticket, queue: str, branch: Branch) -> bool:
    assert ticket.slot is not None
    local = branch.local(ticket.slot)
    spans = branch.queues[queue].calendar.spans(local.date())
    return spans is None or any(span.covers(local.time()) for span in spans)


def _of_classes(floor: Floor, new: Branch, language: str) -> Iterator[Told]:
    for item in floor.branch.classes.values():
        people = [
            ticket
            for ticket in floor.tickets.values()
            if ticket.ticket_class == item.id != GENERAL and ticket.status in LIVE
        ]
        kept = new.classes.get(item.id)
        if people and (kept is None or kept.minutes != item.minutes):
            effect = Effect.CLASS_GONE if kept is None else Effect.CLASS_MINUTES
            yield Told(effect, item.name.in_language(language), len(people))


def _of_counters(floor: Floor, new: Branch, language: str) -> Iterator[Told]:
    for plan in floor.branch.counters.values():
        counter, name = floor.counter(plan.id), plan.name.in_language(language)
        kept = new.counters.get(plan.id)
        if kept is None and counter.ticket is not None:
            yield Told(Effect.COUNTER_WITH_PEOPLE, name, 1)
        elif counter.state is CounterState.CLOSED:
            continue
        elif kept is None:
            yield Told(Effect.COUNTER_GONE, name)
        elif kept.queues != plan.queues:
            yield Told(Effect.COUNTER_QUEUES, name)
