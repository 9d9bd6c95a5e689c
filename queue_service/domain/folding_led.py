"""The fold of what another system that leads has told, and no counter of ours did."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from queue_service.domain.events import Concluded, Entry, Event, Reopened
from queue_service.domain.floors import Floor
from queue_service.domain.placing import put
from queue_service.domain.tickets import Action, Status, Ticket

Touched = Collection[str]


def concluded(floor: Floor, entry: Entry, event: Concluded) -> Touched:
    before = floor.tickets[event.label]
    if not event.queue:
        put(floor, before.after(Action.CONCLUDE, entry.seq, counter=None, beside=(), ahead=()))
        return before.queues
    due = event.due or entry.at
    ticket = before.altered(status=Status.WAITING, changed=entry.seq, **_elsewhere(entry, before, event.queue, due))
    put(floor, ticket.altered(beside=event.beside, ahead=event.ahead))
    return {*before.queues, *ticket.queues}


def reopened(floor: Floor, entry: Entry, event: Reopened) -> Touched:
    before = floor.tickets[event.label]
    place = {"since": before.since} if event.due == before.due else {}
    put(floor, before.after(Action.REOPEN, entry.seq, **(_elsewhere(entry, before, event.queue, event.due) | place)))
    return (before.queue, event.queue)


def _elsewhere(entry: Entry, before: Ticket, queue: str, due: datetime) -> dict[str, Any]:
    """What changes for whoever waits anew."""
    return {
        "queue": queue,
        "due": due,
        "since": max(due, entry.at),
        "counter": None,
        "calls": 0,
        "called_at": None,
        "serving_at": None,
        "away_until": None,
        "visited": before.visited if queue == before.queue else (*before.visited, before.queue),
        "slot": None,
    }


LED_FOLDS: Mapping[type[Event], Callable[[Floor, Entry, Any], Touched]] = {Concluded: concluded, Reopened: reopened}
