"""What another system, which leads here, has done already: it is written down, however our counters stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from queue_service.domain import tickets
from queue_service.domain.actions import LedCall, LedComplete, LedMove, LedReopen, LedServe
from queue_service.domain.counters import Counter, CounterState
from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.events import (
    Called,
    Completed,
    Concluded,
    CounterSet,
    Event,
    Held,
    Moved,
    Recalled,
    Reopened,
    Served,
    TicketEvent,
    Transferred,
)
from queue_service.domain.floors import Floor
from queue_service.domain.journeys import Stage
from queue_service.domain.serving import due_there, next_stop
from queue_service.domain.tickets import Status, Ticket

OVER = frozenset({Status.COMPLETED, Status.CANCELLED})
AHEAD = timedelta(seconds=5)  # by how much another's clock may differ from ours unnoticed


def call(floor: Floor, action: LedCall, now: datetime) -> tuple[Event, ...]:
    """Whoever else is at that counter is put aside there: the other system says when they are done."""
    ticket, counter = floor.ticket(action.label), floor.counter(action.counter)
    if counter.ticket == ticket.label:
        return (Recalled(ticket.label, counter.id),) if ticket.status is Status.CALLED else ()
    if ticket.status in tickets.AT_COUNTER:
        assert ticket.counter is not None
        return (Held(ticket.label, ticket.counter), *_made_free(floor, counter, now), Called(ticket.label, counter.id))
    ticket.check(tickets.Action.CALL)
    return (*_made_free(floor, counter, now), Called(ticket.label, counter.id))


def serve(floor: Floor, action: LedServe, now: datetime) -> tuple[Event, ...]:
    ticket = floor.ticket(action.label)
    if ticket.status is Status.SERVING:
        return ()
    if ticket.status is Status.CALLED and ticket.counter is not None:
        return (Served(ticket.label, ticket.counter),)
    return (*call(floor, LedCall(ticket.label, action.counter), now), Served(ticket.label, action.counter))


def complete(floor: Floor, action: LedComplete, now: datetime) -> Event | None:
    ticket = floor.ticket(action.label)
    if ticket.status is Status.COMPLETED:
        return None
    if ticket.status in OVER:
        raise NotAllowed("Ticket {label} is {status}: {action} is not possible now.", **_told(ticket, "complete"))
    stop, beside, ahead = _onward(floor, ticket, action, now)
    if ticket.status in tickets.AT_COUNTER and ticket.counter is not None:
        if stop is None:
            return Completed(ticket.label, ticket.counter)
        queue, due = stop
        return Transferred(ticket.label, ticket.counter, queue, due, beside, ahead)
    if stop is None:
        return Concluded(ticket.label)
    queue, due = stop
    return Concluded(ticket.label, queue, due, beside, ahead)


def _onward(
    floor: Floor, ticket: Ticket, action: LedComplete, now: datetime
) -> tuple[tuple[str, datetime] | None, Stage, tuple[Stage, ...]]:
    if action.ends:
        return None, (), ()
    if action.queue:
        return (action.queue, due_there(floor, ticket, action.queue, now)), (), ()
    opened, ahead = next_stop(floor, ticket, now)
    if not opened:
        return None, (), ()
    first, *others = opened
    return (first.queue, first.due or now), tuple(others), ahead


def reopen(floor: Floor, action: LedReopen, now: datetime) -> Event | None:
    """In its own queue at the place that it had; in another, behind those who are there."""
    ticket = floor.ticket(action.label)
    queue = action.queue or ticket.queue
    if ticket.status not in OVER:
        return None if queue == ticket.queue else move(floor, LedMove(ticket.label, queue), now)
    due = ticket.due if queue == ticket.queue else due_there(floor, ticket, queue, now)
    return Reopened(ticket.label, queue, due)


def move(floor: Floor, action: LedMove, now: datetime) -> Event | None:
    ticket = floor.ticket(action.label)
    queue = floor.branch.queue(action.queue)
    if ticket.queue == queue.id:
        return None
    if ticket.status not in tickets.LIVE - tickets.AT_COUNTER:
        raise NotAllowed("Ticket {label} is {status}: {action} is not possible now.", **_told(ticket, "move"))
    return Moved(ticket.label, queue.id)


def check_told_by_clerk(floor: Floor, counter: str, occurred: datetime, now: datetime) -> datetime:
    """What a clerk did while no link was there is decided as of then: when that was, as it is written down.

    Raises Invalid."""
    _check_over(occurred, now)
    begins = datetime.combine(floor.day, time(), floor.branch.timezone).astimezone(UTC)
    leased = floor.lease.since if floor.lease is not None else begins
    last = floor.counter(counter).at or begins
    earliest = max(begins, leased - AHEAD, last - AHEAD)
    if occurred < earliest:
        raise Invalid(
            "occurred: {moment} is too early: what was done before is told from {earliest} on.",
            moment=occurred.isoformat(timespec="seconds"),
            earliest=floor.branch.local(earliest).isoformat(timespec="seconds"),
        )
    return min(max(occurred, last), now).astimezone(UTC)


def _check_over(occurred: datetime, now: datetime) -> None:
    if occurred > now + AHEAD:
        raise Invalid("occurred: {moment} is still to come.", moment=occurred.isoformat(timespec="seconds"))


def reported(events: tuple[Event, ...], occurred: datetime, now: datetime) -> tuple[Event, ...]:
    _check_over(occurred, now)
    return tuple(replace(event, occurred=occurred) if isinstance(event, TicketEvent) else event for event in events)


def _made_free(floor: Floor, counter: Counter, now: datetime) -> tuple[Event, ...]:
    opened = () if counter.state is CounterState.OPEN else (CounterSet(counter.id, CounterState.OPEN, counter.queues),)
    return (*opened, Held(counter.ticket, counter.id)) if counter.ticket is not None else opened


def _told(ticket: Ticket, action: str) -> dict[str, str]:
    return {"label": ticket.label, "status": ticket.status, "action": action}
