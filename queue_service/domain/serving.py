"""Decisions about what clerks do at a counter."""

from __future__ import annotations

from datetime import datetime, timedelta

from queue_service.domain import tickets
from queue_service.domain.actions import (
    Call,
    CallNext,
    Complete,
    Hold,
    MarkNoShow,
    Recall,
    Requeue,
    Serve,
    SetCounter,
    Transfer,
    Undo,
)
from queue_service.domain.counters import Counter, CounterState
from queue_service.domain.errors import (
    CounterBusy,
    CounterClosed,
    Invalid,
    NobodyAtCounter,
    NobodyWaiting,
    NotAllowed,
    NothingToUndo,
    QueueClosed,
)
from queue_service.domain.events import (
    Called,
    Completed,
    CounterSet,
    Event,
    Held,
    Missed,
    Recalled,
    Requeued,
    Served,
    Transferred,
    Undone,
)
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.visiting import minutes_of_class


def set_counter(floor: Floor, action: SetCounter, now: datetime) -> Event | None:
    counter = floor.counter(action.counter)
    queues = counter.queues if action.queues is None else action.queues
    if unknown := [queue for queue in queues if queue not in floor.branch.queues]:
        raise Invalid("queues: there is no queue “{queue}” at this branch.", queue=unknown[0])
    if not queues:
        raise Invalid("queues: a counter serves at least one queue.")
    if action.state is CounterState.CLOSED and counter.ticket is not None:
        raise CounterBusy("Counter {counter} still has {label}.", counter=counter.id, label=counter.ticket)
    if (counter.state, counter.queues) == (action.state, queues):
        return None
    return CounterSet(counter.id, action.state, queues)


def call_next(floor: Floor, action: CallNext, now: datetime) -> Event:
    counter = _free(floor, action.counter)
    queues = callable_queues(counter, action.queues)
    if not queues:
        raise NotAllowed("Counter {counter} serves none of the queues that you may call from.", counter=counter.id)
    ticket = floor.first_in_line(queues, now)
    if ticket is None:
        raise NobodyWaiting("Nobody is waiting.")
    return Called(ticket.label, counter.id)


def callable_queues(counter: Counter, allowed: frozenset[str] | None) -> tuple[str, ...]:
    """Those of the counter from which this clerk may call."""
    return counter.queues if allowed is None else tuple(queue for queue in counter.queues if queue in allowed)


def call(floor: Floor, action: Call, now: datetime) -> Event:
    counter = _free(floor, action.counter)
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.CALL)
    if ticket.queue not in counter.queues:
        raise NotAllowed(
            "Ticket {label} waits for {queue}, which counter {counter} does not serve.",
            label=ticket.label,
            queue=ticket.queue,
            counter=counter.id,
        )
    _check_callable(floor, ticket, now)
    return Called(ticket.label, counter.id)


def recall(floor: Floor, action: Recall, now: datetime) -> Event:
    ticket = _here(floor, action.counter)
    ticket.check(tickets.Action.RECALL)
    return Recalled(ticket.label, action.counter)


def serve(floor: Floor, action: Serve, now: datetime) -> Event:
    ticket = _here(floor, action.counter)
    ticket.check(tickets.Action.SERVE)
    return Served(ticket.label, action.counter)


def complete(floor: Floor, action: Complete, now: datetime) -> Event:
    return Completed(_here(floor, action.counter).label, action.counter)


def mark_no_show(floor: Floor, action: MarkNoShow, now: datetime) -> Event:
    ticket = _here(floor, action.counter)
    ticket.check(tickets.Action.MARK_NO_SHOW)
    return Missed(ticket.label, action.counter)


def hold(floor: Floor, action: Hold, now: datetime) -> Event:
    return Held(_here(floor, action.counter).label, action.counter)


def requeue(floor: Floor, action: Requeue, now: datetime) -> Event:
    if action.label is None:
        ticket = _here(floor, action.counter)
    else:
        ticket = floor.ticket(action.label)
        _check_its_own(floor, ticket, action.counter)
    ticket.check(tickets.Action.REQUEUE)
    if ticket.status is Status.NO_SHOW and floor.is_called_out(ticket):
        raise NotAllowed("Ticket {label} was called {calls} times.", label=ticket.label, calls=ticket.calls)
    minutes = floor.branch.rules.requeue_minutes if action.after_minutes is None else action.after_minutes
    return Requeued(ticket.label, action.counter, now + timedelta(minutes=minutes))


def transfer(floor: Floor, action: Transfer, now: datetime) -> Event:
    ticket = _here(floor, action.counter)
    if action.queue not in floor.branch.queues:
        raise Invalid("queue: there is no queue “{queue}” at this branch.", queue=action.queue)
    if action.queue == ticket.queue:
        raise NotAllowed("Ticket {label} is in {queue} already.", label=ticket.label, queue=action.queue)
    if floor.line(action.queue).state is QueueState.CLOSED:
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=action.queue)
    due = now - timedelta(minutes=_minutes_kept(floor, ticket))
    return Transferred(ticket.label, action.counter, action.queue, due)


def undo(floor: Floor, action: Undo, now: datetime) -> Event:
    counter = floor.counter(action.counter)
    if not can_undo(floor, counter) or counter.last is None:
        raise NothingToUndo("Counter {counter} has nothing that can be undone.", counter=counter.id)
    label = counter.last.ticket.label if counter.last.ticket else None
    return Undone(counter.id, counter.last.seq, label)


def can_undo(floor: Floor, counter: Counter) -> bool:
    """Only if nothing has followed: the ticket is as that action left it."""
    last = counter.last
    return last is not None and (last.ticket is None or floor.tickets[last.ticket.label].changed == last.seq)


def _minutes_kept(floor: Floor, ticket: Ticket) -> int:
    """A class that the set-up no longer has gives nothing, but must not stop the visitor."""
    try:
        return minutes_of_class(floor.branch, ticket.ticket_class)
    except Invalid:
        return 0


def _free(floor: Floor, counter_id: str) -> Counter:
    counter = floor.counter(counter_id)
    if counter.state is not CounterState.OPEN:
        raise CounterClosed("Counter {counter} is not open.", counter=counter.id)
    if counter.ticket is not None:
        raise CounterBusy("Counter {counter} still has {label}.", counter=counter.id, label=counter.ticket)
    return counter


def _here(floor: Floor, counter_id: str) -> Ticket:
    counter = floor.counter(counter_id)
    if counter.ticket is None:
        raise NobodyAtCounter("Nobody is at counter {counter}.", counter=counter.id)
    return floor.ticket(counter.ticket)


def _check_callable(floor: Floor, ticket: Ticket, now: datetime) -> None:
    if floor.is_called_out(ticket):
        raise NotAllowed("Ticket {label} was called {calls} times.", label=ticket.label, calls=ticket.calls)
    callable_at = floor.callable_at(ticket)
    if callable_at is not None and callable_at > now:
        clock = floor.branch.local(callable_at).strftime("%H.%M")
        raise NotAllowed("Ticket {label} may be called again from {clock}.", label=ticket.label, clock=clock)


def _check_its_own(floor: Floor, ticket: Ticket, counter_id: str) -> None:
    """Nobody takes a visitor away from another counter."""
    floor.counter(counter_id)
    if ticket.status in tickets.AT_COUNTER and ticket.counter != counter_id:
        raise NotAllowed("Ticket {label} is at counter {counter}.", label=ticket.label, counter=ticket.counter)
