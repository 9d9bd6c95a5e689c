"""How long each stage of each visit took, derived from the entries and stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from queue_service.domain.events import (
    Booked,
    Called,
    Cancelled,
    CheckedIn,
    Completed,
    Concluded,
    CounterEvent,
    Entry,
    Held,
    Issued,
    Missed,
    Moved,
    Released,
    Reopened,
    Requeued,
    Rescheduled,
    Served,
    TicketEvent,
    Transferred,
    Undone,
)

DEALT_WITH = (Completed.kind, Transferred.kind)  # outcomes of a stage in which somebody was served


@dataclass(slots=True)
class Stage:
    """One ticket's time at one queue. A stretch that has not ended, or was never recorded, is None."""

    label: str
    queue: str
    waiting_from: datetime
    called_at: datetime | None = None  # the call that was answered
    serving_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None

    @property
    def waiting_seconds(self) -> float | None:
        return _between(self.waiting_from, self.called_at)

    @property
    def way_seconds(self) -> float | None:
        return _between(self.called_at, self.serving_at)

    @property
    def service_seconds(self) -> float | None:
        return _between(self.serving_at, self.ended_at)


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def stages(entries: Iterable[Entry]) -> list[Stage]:
    """All stages of a day in the order in which they began. What was undone never happened."""
    kept = list(entries)
    undone = {entry.event.undoes for entry in kept if isinstance(entry.event, Undone)}
    current: dict[str, Stage] = {}
    found: list[Stage] = []
    booked: dict[str, Booked] = {}  # and have not come yet
    for entry in kept:
        event = entry.event
        if entry.seq in undone or not isinstance(event, TicketEvent):
            continue
        at = event.occurred or entry.at
        if isinstance(event, Booked):
            booked[event.label] = event
        elif event.label in booked and not isinstance(event, (CheckedIn, Called)):
            _note_before(booked, event)
        elif event.label in booked:
            appointment = booked.pop(event.label)
            # Who is early does not wait yet; who was called without having checked in has not waited.
            first = event.first if isinstance(event, CheckedIn) else ""
            begins = max(at, appointment.due) if isinstance(event, CheckedIn) and not first else at
            _begin(found, current, Stage(event.label, first or appointment.queue, begins))
            _go_on(found, current, event, at)
        elif isinstance(event, Issued):
            _begin(found, current, Stage(event.label, event.queue, at))
        elif isinstance(event, Concluded | Reopened):
            _follow(found, current, event, at)
        else:
            _go_on(found, current, event, at)
    return found


def _note_before(booked: dict[str, Booked], event: TicketEvent) -> None:
    """Of somebody who has not come yet, and may never."""
    match event:
        case Rescheduled():
            booked[event.label] = replace(booked[event.label], due=event.due)
        case Moved():
            booked[event.label] = replace(booked[event.label], queue=event.queue)
        case Cancelled() | Released():
            del booked[event.label]
        case _:
            pass


def _begin(found: list[Stage], current: dict[str, Stage], stage: Stage) -> None:
    current[stage.label] = stage
    found.append(stage)


def _follow(found: list[Stage], current: dict[str, Stage], event: Concluded | Reopened, at: datetime) -> None:
    """What another system tells, that leads."""
    if isinstance(event, Concluded):
        stage = current[event.label]
        stage.ended_at, stage.outcome = at, Transferred.kind if event.queue else Completed.kind
    if event.queue:
        _begin(found, current, Stage(event.label, event.queue, at))


def _go_on(found: list[Stage], current: dict[str, Stage], event: TicketEvent, at: datetime) -> None:
    stage = current[event.label]
    match event:
        case Called():
            stage.called_at, stage.serving_at, stage.ended_at, stage.outcome = at, None, None, None
            stage.queue = event.queue or stage.queue  # of several that the visitor stood in
        case Moved():
            stage.queue = event.queue
        case Served():
            stage.serving_at = at
        case Completed() | Missed() | Held() | Cancelled() | Released():
            stage.ended_at, stage.outcome = at, event.kind
        case Transferred():
            stage.ended_at, stage.outcome = at, event.kind
            _begin(found, current, Stage(event.label, event.queue, at))
        case Requeued() | CheckedIn():
            was_here = isinstance(event, CounterEvent) and stage.outcome is None and stage.called_at is not None
            if was_here:
                stage.ended_at, stage.outcome = at, event.kind
                _begin(found, current, Stage(event.label, stage.queue, at))
            else:
                stage.ended_at, stage.outcome = None, None
        case _:
            pass
