"""Decisions about draws: announced with a promise of the seed, entered, closed, and drawn for all to check."""

from __future__ import annotations

from datetime import datetime

from queue_service.domain.actions import AnnounceDraw, CloseDraw, DrawLots, EnterDraw
from queue_service.domain.branches import Queue
from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.events import DrawAnnounced, DrawClosed, DrawEntered, Drawn, Event
from queue_service.domain.floors import Floor
from queue_service.domain.lots import Draw, commitment_to, digest_of_list, ranking, window
from queue_service.domain.waiting_list import give


def announce(floor: Floor, action: AnnounceDraw, now: datetime) -> Event | None:
    queue = floor.branch.queue(action.queue)
    if queue.id in floor.lots.draws:
        return None
    if queue.draw is None or not queue.calendar.spans(floor.day):
        raise NotAllowed("The places of {queue} are not drawn by lot.", queue=queue.id)
    times = window(floor.branch, queue.draw, floor.day)
    if now >= times.closes:
        raise NotAllowed("It is too late for a draw.")
    return DrawAnnounced(queue.id, queue.draw.quota, times.opens, times.closes, times.drawn_at, action.commitment)


def enter(floor: Floor, action: EnterDraw, now: datetime) -> Event:
    draw = _draw_of(floor, floor.branch.queue(action.queue))
    if now < draw.announced.opens:
        opens = floor.branch.local(draw.announced.opens)
        raise NotAllowed("The draw can be entered from {day}, {time}.", day=f"{opens:%d.%m.%Y}", time=f"{opens:%H:%M}")
    if draw.is_closed or now >= draw.announced.closes:
        raise NotAllowed("The draw is closed: nobody can enter it any more.")
    if action.entry in floor.lots.entrants:
        raise NotAllowed("That could not be entered. Please try again.")
    return DrawEntered(action.queue, action.entry)


def close(floor: Floor, action: CloseDraw, now: datetime) -> Event | None:
    draw = _draw_of(floor, floor.branch.queue(action.queue))
    if draw.is_closed:
        return None
    if now < draw.announced.closes:
        raise NotAllowed("The draw can still be entered.")
    entries = floor.lots.entered.get(action.queue, ())
    return DrawClosed(action.queue, digest_of_list(entries), len(entries))


def draw_lots(floor: Floor, action: DrawLots, now: datetime) -> tuple[Event, ...] | None:
    """The order of all, and at once the places of the first: nothing comes between."""
    queue = floor.branch.queue(action.queue)
    draw = _draw_of(floor, queue)
    if draw.is_drawn:
        return None
    if not draw.is_closed or now < draw.announced.drawn_at:
        raise NotAllowed("It is too early for the draw.")
    if commitment_to(action.seed) != draw.announced.commitment:
        raise Invalid("seed: this is not the one that was promised.")
    return (Drawn(queue.id, action.seed), *give(floor, queue, ranking(action.seed, draw.listed), now))


def _draw_of(floor: Floor, queue: Queue) -> Draw:
    try:
        return floor.lots.draws[queue.id]
    except KeyError:
        raise NotAllowed("There is no draw of {queue} for that day.", queue=queue.id) from None
