"""What a simulated clerk does next, and when. Pure: from the floor as it is, whatever real people do meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from queue_service.demo.draws import Ending, Visit
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
    Transfer,
)
from queue_service.domain.counters import Counter, CounterState
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status, Ticket

_CALLS_BACK = 0.25  # of the times when somebody set aside may be called
_BREAK = 0.015
_RECALL_SECONDS = 30.0
_REQUEUE_MINUTES = 2

# In real seconds: a lobby screen announces a call as long, and a real person wants to see what happens to them.
CALLED_LEAST = 5.0
PERSON_LEAST = 12.0

COMFORTABLE = 10  # people waiting: with more a clerk hurries, with fewer there is time for a chat
_FASTEST, _SLOWEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """`seconds` are the day's own; `least` are real ones, fewer where the day rushes past; `patience` always so.

    Without an action the clerk only looks again.
    """

    seconds: float
    action: CounterAction | None = None
    least: float = 0.0
    patience: float = 0.0


def pace(waiting: int) -> float:
    """What service times are multiplied by. It keeps lines lively and stable, as people in a full hall do."""
    slower: float = (COMFORTABLE / max(waiting, 1)) ** 0.7
    return min(_SLOWEST, max(_FASTEST, slower))


def next_step(chance: Random, floor: Floor, counter: Counter, now: datetime, visit: Visit | None, recalls: int) -> Step:
    """`visit` belongs to the ticket at the counter; `recalls` is how often it has been called again."""
    here = floor.ticket_at(counter)
    if here is not None and visit is not None:
        return _attend(floor, counter, here, visit, recalls)
    if counter.state is CounterState.OPEN:
        return _look_for_somebody(chance, floor, counter, now)
    is_new = counter.state is CounterState.CLOSED
    seconds = chance.uniform(2, 20) if is_new else chance.uniform(120, 360)
    return Step(seconds, SetCounter(counter.id, CounterState.OPEN))


def _attend(floor: Floor, counter: Counter, here: Ticket, visit: Visit, recalls: int) -> Step:
    patience = PERSON_LEAST if visit.is_person else 0.0
    if here.status is Status.SERVING:
        seconds = visit.service_seconds * pace(len(floor.line(here.queue)))
        return Step(seconds, _end(counter, visit), patience=patience)
    if recalls < visit.recalls:
        return Step(_RECALL_SECONDS, Recall(counter.id), CALLED_LEAST)
    if visit.ending is Ending.NEVER_CAME:
        return Step(_RECALL_SECONDS, MarkNoShow(counter.id), CALLED_LEAST)
    return Step(visit.way_seconds, Serve(counter.id), CALLED_LEAST, patience)


def _end(counter: Counter, visit: Visit) -> CounterAction:
    match visit.ending:
        case Ending.HOLD:
            return Hold(counter.id)
        case Ending.REQUEUE:
            return Requeue(counter.id, _REQUEUE_MINUTES)
        case Ending.TRANSFER if visit.onward is not None:
            return Transfer(counter.id, visit.onward)
        case _:
            return Complete(counter.id)


def _look_for_somebody(chance: Random, floor: Floor, counter: Counter, now: datetime) -> Step:
    if chance.random() < _BREAK:
        return Step(5.0, SetCounter(counter.id, CounterState.PAUSED))
    if chance.random() < _CALLS_BACK and (aside := _may_be_called_back(floor, counter, now)):
        return Step(10.0, Call(counter.id, chance.choice(aside).label))
    if floor.first_in_line(counter.queues, now) is None:
        return Step(20.0)
    return Step(chance.uniform(5, 20), CallNext(counter.id))


def _may_be_called_back(floor: Floor, counter: Counter, now: datetime) -> list[Ticket]:
    """Those who stepped away come back by themselves."""
    return [
        ticket
        for ticket in floor.set_aside(counter.queues)
        if ticket.away_until is None and floor.is_callable(ticket, now)
    ]
