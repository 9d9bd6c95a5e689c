"""Decisions about what clerks do at a counter."""

from __future__ import annotations

from datetime import datetime, timedelta

from queue_service.domain import tickets
from queue_service.domain.actions import (
    Call,
    CallNext,
    Complete,
    CounterAction,
    Hold,
    MarkNoShow,
    Recall,
    Requeue,
    Serve,
    SetCounter,
    TakeOver,
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
    TakenOver,
    Transferred,
    Undone,
)
from queue_service.domain.floors import Floor
from queue_service.domain.journeys import Stage, Stop, planned, without
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status, Ticket
from queue_service.domain.visiting import due_by_class, minutes_of_class


def set_counter(floor: Floor, action: SetCounter, now: datetime) -> tuple[Event, ...]:
    counter = floor.counter(action.counter)
    queues = counter.queues if action.queues is None else action.queues
    if unknown := [queue for queue in queues if queue not in floor.branch.queues]:
        raise Invalid("queues: there is no queue “{queue}” at this branch.", queue=unknown[0])
    if not queues:
        raise Invalid("queues: a counter serves at least one queue.")
    here = floor.ticket_at(counter) if action.state is CounterState.CLOSED else None
    if here is not None and not (action.sends_back and here.status is Status.CALLED):
        raise CounterBusy("Counter {counter} still has {label}.", counter=counter.id, label=here.label)
    sent_back = (Requeued(here.label, counter.id, here.due),) if here is not None else ()
    if (counter.state, counter.queues) == (action.state, queues):
        return sent_back
    return (*sent_back, CounterSet(counter.id, action.state, queues))


def call_next(floor: Floor, action: CallNext, now: datetime) -> Event:
    counter = _free(floor, action.counter)
    queues = callable_queues(counter, action.queues)
    if not queues:
        raise NotAllowed("Counter {counter} serves none of the queues that you may call from.", counter=counter.id)
    ticket = floor.first_in_line(queues, now)
    if ticket is None:
        raise NobodyWaiting("Nobody is waiting.")
    return _called(floor, ticket, counter)


def _called(floor: Floor, ticket: Ticket, counter: Counter) -> Called:
    """`ticket` as it stands in the queue that it is called from."""
    is_first = floor.tickets[ticket.label].queue == ticket.queue
    return Called(ticket.label, counter.id) if is_first else Called(ticket.label, counter.id, ticket.queue)


def callable_queues(counter: Counter, allowed: frozenset[str] | None) -> tuple[str, ...]:
    """Those of the counter from which this clerk may call."""
    return counter.queues if allowed is None else tuple(queue for queue in counter.queues if queue in allowed)


def call(floor: Floor, action: Call, now: datetime) -> Event:
    counter = _free(floor, action.counter)
    ticket = floor.ticket(action.label)
    ticket.check(tickets.Action.CALL)
    queue = next((queue for queue in ticket.queues if queue in counter.queues), None)
    if queue is None:
        raise NotAllowed(
            "Ticket {label} waits for {queue}, which counter {counter} does not serve.",
            label=ticket.label,
            queue=ticket.queue,
            counter=counter.id,
        )
    _check_callable(floor, ticket, now)
    return _called(floor, ticket.standing_in(queue), counter)


def recall(floor: Floor, action: Recall, now: datetime) -> Event:
    ticket = _here(floor, action)
    ticket.check(tickets.Action.RECALL)
    return Recalled(ticket.label, action.counter)


def serve(floor: Floor, action: Serve, now: datetime) -> Event:
    ticket = _here(floor, action)
    ticket.check(tickets.Action.SERVE)
    return Served(ticket.label, action.counter)


def complete(floor: Floor, action: Complete, now: datetime) -> Event:
    """The stop here; the visit is over when nothing is left of its journey."""
    ticket = _here(floor, action)
    opened, ahead = next_stop(floor, ticket, now)
    if action.ends or not opened:
        return Completed(ticket.label, action.counter)
    first, *others = opened
    return Transferred(ticket.label, action.counter, first.queue, first.due or now, tuple(others), ahead)


def next_stop(floor: Floor, ticket: Ticket, now: datetime) -> tuple[Stage, tuple[Stage, ...]]:
    """What is open to it after this stop, in the order of their places there, and what comes after that."""
    opened, ahead = _open_stage(floor, ticket, ticket.beside, now), ticket.ahead
    while not opened and ahead:
        opened, ahead = _open_stage(floor, ticket, ahead[0], now), ahead[1:]
    return tuple(sorted(opened, key=lambda stop: stop.due or now)), ahead


def _open_stage(floor: Floor, ticket: Ticket, stage: Stage, now: datetime) -> Stage:
    """Without the queues that the set-up has no longer."""
    return tuple(
        Stop(stop.queue, stop.due or due_there(floor, ticket, stop.queue, now))
        for stop in stage
        if stop.queue in floor.branch.queues
    )


def due_there(floor: Floor, ticket: Ticket, queue: str, now: datetime) -> datetime:
    return due_by_class(floor, floor.branch.queue(queue), _minutes_kept(floor, ticket), now)


def mark_no_show(floor: Floor, action: MarkNoShow, now: datetime) -> Event:
    ticket = _here(floor, action)
    ticket.check(tickets.Action.MARK_NO_SHOW)
    return Missed(ticket.label, action.counter)


def hold(floor: Floor, action: Hold, now: datetime) -> Event:
    return Held(_here(floor, action).label, action.counter)


def requeue(floor: Floor, action: Requeue, now: datetime) -> Event:
    if action.label is None:
        ticket = _here(floor, action)
    else:
        ticket = floor.ticket(action.label)
        _check_its_own(floor, ticket, action.counter)
    ticket.check(tickets.Action.REQUEUE)
    if ticket.status is Status.NO_SHOW and floor.is_called_out(ticket):
        raise NotAllowed("Ticket {label} was called {calls} times.", label=ticket.label, calls=ticket.calls)
    minutes = floor.branch.rules.requeue_minutes if action.after_minutes is None else action.after_minutes
    return Requeued(ticket.label, action.counter, now + timedelta(minutes=minutes))


def transfer(floor: Floor, action: Transfer, now: datetime) -> Event:
    ticket = _here(floor, action)
    if action.queue not in floor.branch.queues:
        raise Invalid("queue: there is no queue “{queue}” at this branch.", queue=action.queue)
    if action.queue == ticket.queue:
        raise NotAllowed("Ticket {label} is in {queue} already.", label=ticket.label, queue=action.queue)
    if floor.line(action.queue).state is QueueState.CLOSED:
        raise QueueClosed("{queue} is closed: it gives out no numbers now.", queue=action.queue)
    stop = planned((ticket.beside,), action.queue) or planned(ticket.ahead, action.queue)
    due = (stop.due if stop else None) or due_there(floor, ticket, action.queue, now)
    beside = tuple(each for each in ticket.beside if each.queue != action.queue)
    ahead = without(ticket.ahead, action.queue)
    if action.comes_back:  # to a place as of now: what the other queue takes is not lost, and nobody here is passed
        ahead = ((Stop(ticket.queue, due_there(floor, ticket, ticket.queue, now)),), *ahead)
    return Transferred(ticket.label, action.counter, action.queue, due, beside, ahead)


def take_over(floor: Floor, action: TakeOver, now: datetime) -> Event:
    counter = _free(floor, action.counter)
    ticket = floor.ticket(action.label)
    if ticket.status not in tickets.AT_COUNTER or ticket.counter is None:
        raise NotAllowed("Ticket {label} is at no counter.", label=ticket.label)
    if not (action.is_ordered or is_unattended(floor, ticket, now)):
        raise NotAllowed("Counter {counter} is attending to {label}.", counter=ticket.counter, label=ticket.label)
    return TakenOver(ticket.label, counter.id)


def is_unattended(floor: Floor, ticket: Ticket, now: datetime) -> bool:
    """Called, and for long nothing has followed: its clerk's browser may be gone."""
    patience = timedelta(minutes=floor.branch.rules.unattended_minutes)
    return ticket.status is Status.CALLED and ticket.announced_at is not None and now >= ticket.announced_at + patience


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


def _here(floor: Floor, action: CounterAction) -> Ticket:
    counter = floor.counter(action.counter)
    if counter.ticket is None:
        raise NobodyAtCounter("Nobody is at counter {counter}.", counter=counter.id)
    if action.expects and action.expects != counter.ticket:
        raise NotAllowed(
            "Counter {counter} has {label} now, not {expected}.",
            counter=counter.id,
            label=counter.ticket,
            expected=action.expects,
        )
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
