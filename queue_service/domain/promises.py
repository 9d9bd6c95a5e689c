"""Whether what was promised is kept: of a ticket on the floor, and of a whole day by its journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from queue_service.domain import times
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.calendars import ALWAYS
from queue_service.domain.events import CheckedIn, Completed, Entry, Issued
from queue_service.domain.floors import Floor
from queue_service.domain.standards import read_promise
from queue_service.domain.tickets import LIVE, Ticket

NEAR = 0.8  # of the time is gone: somebody should hurry


class Outlook(StrEnum):
    OPEN = "open"
    NEAR = "near"
    OVER = "over"


def promised(branch: Branch, journey: str, queue: Queue) -> str:
    """What the journal notes of it when a number is given."""
    standard = branch.journeys[journey].standard if journey in branch.journeys else queue.standard
    return str(standard.promise) if standard and standard.promise else ""


def due_of(branch: Branch, ticket: Ticket) -> datetime | None:
    """None: nothing was promised, or nobody has begun."""
    if not ticket.promise or ticket.begun_at is None:
        return None
    return due_by(branch, ticket.promise, ticket.begun_at, first_queue(ticket))


def first_queue(ticket: Ticket) -> str:
    return ticket.visited[0] if ticket.visited else ticket.queue


def due_by(branch: Branch, promise: str, begun: datetime, queue: str) -> datetime:
    calendar = branch.queues[queue].calendar if queue in branch.queues else ALWAYS
    return read_promise(promise).due(begun, branch.timezone, calendar)


def outlook(begun: datetime, due: datetime, now: datetime) -> Outlook:
    if now > due:
        return Outlook.OVER
    return Outlook.NEAR if now - begun >= NEAR * (due - begun) else Outlook.OPEN


def pressing(floor: Floor, queues: Iterable[str], now: datetime) -> Iterator[tuple[Ticket, datetime]]:
    """Who waits in these queues and is about to be kept longer than was promised, with when that is; the first is due
    first."""
    wanted = set(queues)
    found = [
        (ticket, due)
        for ticket in floor.tickets.values()
        if ticket.begun_at and ticket.status in LIVE and not wanted.isdisjoint(ticket.queues)
        if (due := due_of(floor.branch, ticket)) and outlook(ticket.begun_at, due, now) is not Outlook.OPEN
    ]
    yield from sorted(found, key=lambda one: (one[1], one[0].label))


@dataclass(frozen=True, slots=True)
class Kept:
    """`ended` None: it was not brought to its end on that day."""

    label: str
    journey: str
    queue: str
    promise: str
    begun: datetime
    due: datetime
    ended: datetime | None

    @property
    def is_kept(self) -> bool | None:
        return None if self.ended is None else self.ended <= self.due


def kept_promises(branch: Branch, entries: Iterable[Entry]) -> Iterator[Kept]:
    """Of each visit that was begun under a promise: by the journal, which holds what was promised then."""
    day = list(entries)
    given: dict[str, tuple[str, str]] = {}  # the promise and the journey
    for entry in day:
        if isinstance(entry.event, Issued | CheckedIn) and entry.event.promise:
            journey = entry.event.journey if isinstance(entry.event, Issued) else ""
            given[entry.event.label] = (entry.event.promise, journey)
    visits: dict[str, list[times.Stage]] = {}
    for stage in times.stages(day):
        if stage.label in given:
            visits.setdefault(stage.label, []).append(stage)
    for label, visit in visits.items():
        begun = next(filter(None, map(_begun, visit)), None)
        if begun is not None:
            promise, journey = given[label]
            ended = visit[-1].ended_at if visit[-1].outcome == Completed.kind else None
            due = due_by(branch, promise, begun, visit[0].queue)
            yield Kept(label, journey, visit[0].queue, promise, begun, due, ended)


def _begun(stage: times.Stage) -> datetime | None:
    """A call that nobody answered began nothing."""
    return stage.serving_at or (stage.called_at if stage.outcome in times.DEALT_WITH else None)
