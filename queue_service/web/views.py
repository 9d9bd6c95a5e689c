"""Readings of a floor, as plain JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from queue_service.domain import serving
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.calendars import Span
from queue_service.domain.counters import Counter
from queue_service.domain.events import CounterSet, Event, Issued, TicketEvent, Undone, to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.promises import pressing
from queue_service.domain.tickets import AT_COUNTER, Ticket
from queue_service.domain.visiting import left_under
from queue_service.domain.waits import knots, wait_for
from queue_service.records.devices import Device, Health, state_of
from queue_service.stream.frames import ticket_object
from queue_service.web.languages import DEFAULT
from queue_service.web.order import why_next
from queue_service.web.standards import promise_object, standard_object

Json = dict[str, Any]

_UNDO_WORDS = {"called": "call", "serving": "serve", "completed": "complete", "no_show": "no-show", "held": "hold"}
_UNDO_WORDS |= {"requeued": "requeue", "transferred": "transfer"}
_SET_WORDS = {"open": "open", "paused": "pause", "closed": "close"}


def branch_short(branch: Branch, language: str) -> Json:
    return {"id": branch.id, "name": branch.name.in_language(language), "timezone": branch.timezone.key}


def branch_object(floor: Floor, now: datetime, language: str) -> Json:
    branch = floor.branch
    return {
        **branch_short(branch, language),
        "day": floor.day.isoformat(),
        "queues": [queue_object(floor, queue, now, language) for queue in branch.queues],
        "counters": [_counter_short(floor, counter, language) for counter in branch.counters],
        "classes": [
            {"id": item.id, "name": item.name.in_language(language), "minutes": item.minutes}
            for item in branch.classes.values()
        ],
        "journeys": [
            {
                "id": item.id,
                "name": item.name.in_language(language),
                "stops": [list(stage) for stage in item.stages],
                "left": left_under(floor, item.id),
                "followed": bool(item.progress),
                "standard": standard_object(item.standard, floor.day, language),
            }
            for item in branch.journeys.values()
        ],
    }


def queue_object(floor: Floor, queue: str, now: datetime, language: str) -> Json:
    plan = floor.branch.queue(queue)
    waiting = len(floor.line(queue))
    return {
        "id": queue,
        "name": plan.name.in_language(language),
        "state": floor.state_of(queue, now),
        "waiting": waiting,
        "wait": wait_object(floor, queue, waiting),
        "walk_in": plan.walk_in,
        "hours": [{"days": sorted(span.days), **_span(span.span)} for span in plan.calendar.hours] or None,
        "today": _today(floor, plan, now, language),
        "asks": {asked.value: need.value for asked, need in plan.asks.needs.items()},
        "purpose": plan.asks.purpose.in_language(language) if plan.asks else None,
        "one_claim_per_person": plan.one_claim_per_person,
        "standard": standard_object(plan.standard, floor.day, language),
    }


def _today(floor: Floor, queue: Queue, now: datetime, language: str) -> Json:
    calendar, local = queue.calendar, floor.branch.local(now)
    spans, name = calendar.spans(local.date()), calendar.name_of(local.date())
    opens = None if calendar.is_open_at(local) else calendar.opens_next(local)
    return {
        "hours": None if spans is None else [_span(span) for span in spans],
        "name": name.in_language(language) if name else None,
        "opens_next": opens.replace(tzinfo=local.tzinfo).isoformat() if opens else None,
    }


def _span(span: Span) -> Json:
    return {"from": f"{span.opens:%H:%M}", "to": f"{span.closes:%H:%M}"}


def wait_object(floor: Floor, queue: str, ahead: int | None) -> Json | None:
    """None when it is not known, or there is nothing to wait for."""
    estimate = None if ahead is None else wait_for(knots(floor, queue), ahead)
    return None if estimate is None else {"p50": estimate[0], "p80": estimate[1]}


def ticket_view(floor: Floor, label: str, now: datetime) -> Json:
    ticket = floor.ticket(label)
    ahead = floor.ahead_of(ticket)
    return {
        **ticket_object(floor, ticket, now),
        "ahead": ahead,
        "wait": wait_object(floor, ticket.queue, ahead),
        "stops": list(_stops(floor, ticket)),
        "promise": promise_object(floor, ticket, now),
    }


def _stops(floor: Floor, ticket: Ticket) -> Iterator[Json]:
    """What is left of a visit; empty for one that has no further stop."""
    if not ticket.beside and not ticket.ahead:
        return
    for queue in ticket.queues:
        ahead = floor.ahead_of(ticket.standing_in(queue))
        state = ticket.status if queue == ticket.queue else "waiting"
        yield {"queue": queue, "state": state, "ahead": ahead, "wait": wait_object(floor, queue, ahead)}
    for stop in (stop for stage in ticket.ahead for stop in stage if stop.queue in floor.branch.queues):
        ahead = len(floor.line(stop.queue))
        yield {"queue": stop.queue, "state": "ahead", "ahead": ahead, "wait": wait_object(floor, stop.queue, ahead)}


def issued_answer(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    """Without the token, which is never stored: whoever answers adds it."""
    event = events[0]
    assert isinstance(event, Issued)
    ahead = floor.ahead_of(floor.ticket(event.label))
    return {
        "label": event.label,
        "branch": floor.branch.id,
        "day": floor.day.isoformat(),
        "queue": event.queue,
        "ahead": ahead,
        "wait": wait_object(floor, event.queue, ahead),
    }


def acted_on(floor: Floor, events: Sequence[Event], now: datetime) -> Json:
    """The ticket that a counter's action was about; the counter itself where it was about no ticket."""
    event = events[0]
    if isinstance(event, Undone) and event.label is None:
        return counter_object(floor, event.counter, now, DEFAULT)
    assert isinstance(event, (TicketEvent, Undone)) and event.label is not None
    ticket = floor.ticket(event.label)
    return {
        "label": ticket.label,
        "branch": floor.branch.id,
        "queue": ticket.queue,
        "state": ticket.status,
        "counter": ticket.counter,
    }


def _counter_short(floor: Floor, counter: str, language: str) -> Json:
    state = floor.counter(counter)
    return {
        "id": counter,
        "name": floor.branch.counter(counter).name.in_language(language),
        "state": state.state,
        "queues": list(state.queues),
        "ticket": state.ticket,
    }


def counter_object(
    floor: Floor, counter_id: str, now: datetime, language: str, allowed: frozenset[str] | None = None
) -> Json:
    """`allowed`: the queues from which the clerk who looks may call."""
    counter = floor.counter(counter_id)
    here = floor.ticket_at(counter)
    theirs = serving.callable_queues(counter, allowed)
    following = floor.first_in_line(theirs, now)
    return {
        **_counter_short(floor, counter_id, language),
        "branch": floor.branch.id,
        "ticket": _at_counter(floor, here, now) if here else None,
        "next": _next(floor, following, language) if following else None,
        "set_aside": [_set_aside(floor, ticket) for ticket in floor.set_aside(counter.queues)],
        "unattended": [_unattended(floor, ticket) for ticket in _unattended_elsewhere(floor, counter, now)],
        "pressing": list(_pressing(floor, counter, now)),
        "waiting": sum(len(floor.line(queue)) for queue in counter.queues),
        "undo": _undo(floor, counter),
        "line": [_in_line(floor, ticket) for ticket in floor.callable_now(theirs, now)] if floor.branch.team else [],
        "seq": floor.seq,
    }


def _in_line(floor: Floor, ticket: Ticket) -> Json:
    return {
        "label": ticket.label,
        "queue": ticket.queue,
        "class": ticket.ticket_class,
        "issued_at": _stamp(floor, ticket.issued_at),
    }


def _undo(floor: Floor, counter: Counter) -> str | None:
    if counter.last is None or not serving.can_undo(floor, counter):
        return None
    return _SET_WORDS[counter.state] if counter.last.kind == CounterSet.kind else _UNDO_WORDS[counter.last.kind]


def _at_counter(floor: Floor, ticket: Ticket, now: datetime) -> Json:
    return {
        "label": ticket.label,
        "queue": ticket.queue,
        "state": ticket.status,
        "class": ticket.ticket_class,
        "issued_at": _stamp(floor, ticket.issued_at),
        "called_at": _stamp(floor, ticket.called_at),
        "serving_at": _stamp(floor, ticket.serving_at),
        "calls": ticket.calls,
        "beside": [stop.queue for stop in ticket.beside],
        "ahead": [[stop.queue for stop in stage] for stage in ticket.ahead],
        "promise": promise_object(floor, ticket, now),
    }


def _unattended_elsewhere(floor: Floor, counter: Counter, now: datetime) -> Iterator[Ticket]:
    for other in floor.counters.values():
        ticket = floor.ticket_at(other)
        is_ours = ticket is not None and other.id != counter.id and ticket.queue in counter.queues
        if ticket and is_ours and serving.is_unattended(floor, ticket, now):
            yield ticket


def _unattended(floor: Floor, ticket: Ticket) -> Json:
    return {
        "label": ticket.label,
        "queue": ticket.queue,
        "counter": ticket.counter,
        "since": _stamp(floor, ticket.announced_at),
    }


def _pressing(floor: Floor, counter: Counter, now: datetime) -> Iterator[Json]:
    """Not who is at a counter: somebody sees to them."""
    for ticket, _ in pressing(floor, counter.queues, now) if floor.branch.promises else ():
        if ticket.status not in AT_COUNTER:
            yield {"label": ticket.label, "queue": ticket.queue, **(promise_object(floor, ticket, now) or {})}


def _next(floor: Floor, ticket: Ticket, language: str) -> Json:
    return {
        "label": ticket.label,
        "queue": ticket.queue,
        "class": ticket.ticket_class,
        "due_at": _stamp(floor, ticket.due),
        "issued_at": _stamp(floor, ticket.issued_at),
        "why": why_next(floor, ticket, language),
    }


def _stamp(floor: Floor, moment: datetime | None) -> str | None:
    """RFC 3339 with the branch's offset."""
    return floor.branch.local(moment).isoformat(timespec="milliseconds") if moment else None


def _set_aside(floor: Floor, ticket: Ticket) -> Json:
    callable_at = floor.callable_at(ticket)
    return {
        "label": ticket.label,
        "queue": ticket.queue,
        "state": ticket.status,
        "callable_at": to_ms(callable_at) if callable_at else None,
    }


def device_object(device: Device, health: Health, now: datetime) -> Json:
    shows = device.shows
    return {
        "id": device.id,
        "name": shows.name,
        "shows": shows.face.value,
        "queues": list(shows.queues),
        "page": shows.address,
        "state": state_of(health, now).value,
        "paired_at": device.paired_at.isoformat(),
        "heard_at": health.at.isoformat(),
        "report": None if health.report is None else asdict(health.report),
    }
