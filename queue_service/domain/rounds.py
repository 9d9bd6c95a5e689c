"""What the clock has to do about the places of a day, and when it has to look again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from queue_service.domain.actions import AnnounceDraw, CloseDraw, DrawLots, OfDay, PassOn, Remind, SetLimit
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.floors import Floor
from queue_service.domain.lots import commitment_to, window
from queue_service.domain.reminders import next_reminder
from queue_service.domain.showing import Attendance, overbooked_to
from queue_service.domain.tickets import Status
from queue_service.domain.waiting_list import lapses_at

PROMISED_AHEAD = timedelta(days=1)  # the seed, before anybody can enter


def days_of(branch: Branch, today: date) -> list[date]:
    """Those on which somebody may have a place by now."""
    furthest = -1
    for queue in branch.queues.values():
        if queue.booking is not None:
            furthest = max(furthest, queue.booking.days_ahead)
        if queue.draw is not None:
            furthest = max(furthest, queue.draw.opens.days + PROMISED_AHEAD.days)
    return [today + timedelta(days=ahead) for ahead in range(furthest + 1)]


def due(floor: Floor, queue: Queue, now: datetime, seen: Attendance | None, seeds: list[str]) -> Iterator[OfDay]:
    """Each is refused, or changes nothing, where it is not yet or no longer due.

    `seen` None: what is to be learned was not looked at yet. `seeds`: the first is the newest.
    """
    draw = floor.lots.draws.get(queue.id)
    if queue.draw is not None and draw is None and floor.day > floor.branch.day_of(now):
        times = window(floor.branch, queue.draw, floor.day)
        if times.opens - PROMISED_AHEAD <= now < times.closes and queue.calendar.spans(floor.day):
            yield AnnounceDraw(queue.id, commitment_to(seeds[0]))
    if draw is not None and not draw.is_drawn:
        yield CloseDraw(queue.id)
        yield from (DrawLots(queue.id, seed) for seed in seeds if commitment_to(seed) == draw.announced.commitment)
    if seen is not None and queue.booking is not None and queue.booking.overbook_percent:
        most = overbooked_to(queue.booking, seen)
        if most > queue.booking.per_slot or queue.id in floor.lots.limits:
            yield SetLimit(queue.id, most, seen.show_percent)
    if queue.booking is not None or draw is not None:
        yield PassOn(queue.id)
        yield Remind(queue.id)


def next_moment(floor: Floor, queue: Queue, now: datetime) -> datetime | None:
    """When time alone makes something due."""
    moments: list[datetime] = []
    if queue.draw is not None:
        times = window(floor.branch, queue.draw, floor.day)
        moments += (times.opens - PROMISED_AHEAD, times.opens)
    if (draw := floor.lots.draws.get(queue.id)) is not None:
        moments += (draw.announced.closes, draw.announced.drawn_at)
    if queue.booking is not None and queue.booking.release_late:
        booked = (t for t in floor.tickets.values() if t.queue == queue.id and t.status is Status.BOOKED)
        moments += (lapses_at(floor, queue, ticket) + timedelta(milliseconds=1) for ticket in booked)
    if (reminder := next_reminder(floor, queue, now)) is not None:
        moments.append(reminder)
    return min((moment for moment in moments if moment > now), default=None)
