"""Events as plain JSON values, and back: how the journal keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from queue_service.domain.codecs import Codec
from queue_service.domain.events import (
    Booked,
    Called,
    Cancelled,
    CheckedIn,
    Completed,
    Concluded,
    CounterSet,
    DayClosed,
    DrawAnnounced,
    DrawClosed,
    DrawEntered,
    Drawn,
    EntryWithdrawn,
    Event,
    FeedbackGiven,
    Given,
    Held,
    Issued,
    Lapsed,
    LimitSet,
    Missed,
    Moved,
    Noticed,
    NumbersSkipped,
    QueueSet,
    Recalled,
    Reclassified,
    Released,
    ReminderDue,
    Reopened,
    Requeued,
    Rescheduled,
    Served,
    SteppedAway,
    Suspended,
    TakenOver,
    Transferred,
    Undone,
    WaitingListJoined,
    from_ms,
    to_ms,
)
from queue_service.domain.journeys import Stage, Stop
from queue_service.domain.referral_events import REFERRAL_EVENTS
from queue_service.domain.trip_events import (
    FieldReclaimed,
    FieldReturned,
    FieldTaken,
    HeadedFor,
    ResultNoted,
    StopLeft,
    StopReached,
    TripCancelled,
    TripPlanned,
    TripStop,
)

KINDS: Mapping[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        *(Issued, Booked, Rescheduled, Called, Recalled, Served, Completed, Missed, Held, Requeued, Transferred),
        *(Reclassified, Moved, TakenOver, Suspended, Concluded, Reopened),
        *(Cancelled, Released, SteppedAway, CheckedIn, FeedbackGiven, Undone, CounterSet, QueueSet, Noticed),
        *(NumbersSkipped, DayClosed, Given, Lapsed, ReminderDue, LimitSet),
        *(DrawAnnounced, DrawEntered, DrawClosed, Drawn, WaitingListJoined, EntryWithdrawn),
        *(TripPlanned, TripCancelled, HeadedFor, StopReached, StopLeft, ResultNoted),
        *(FieldTaken, FieldReturned, FieldReclaimed),
        *REFERRAL_EVENTS,
    )
}


def _stage_as_json(stage: Stage) -> list[list[str | int | None]]:
    return [[stop.queue, None if stop.due is None else to_ms(stop.due)] for stop in stage]


def _read_stage(stage: Iterable[tuple[str, int | None]]) -> Stage:
    return tuple(Stop(queue, None if due is None else from_ms(due)) for queue, due in stage)


def _trip_stops_as_json(stops: Iterable[TripStop]) -> list[list[str | int]]:
    return [[s.queue, s.prefix, s.village, s.name, to_ms(s.arrives), to_ms(s.leaves)] for s in stops]


def _read_trip_stops(stops: Iterable[tuple[str, str, str, str, int, int]]) -> tuple[TripStop, ...]:
    return tuple(
        TripStop(queue, prefix, village, name, from_ms(arrives), from_ms(leaves))
        for queue, prefix, village, name, arrives, leaves in stops
    )


_MOMENTS = ("due", "until", "opens", "closes", "drawn_at", "occurred", "answer_by", "wanted")
_WRITE: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_MOMENTS, to_ms),
    "beside": _stage_as_json,
    "ahead": lambda stages: [_stage_as_json(stage) for stage in stages],
    "stops": _trip_stops_as_json,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_MOMENTS, from_ms),
    "queues": tuple,
    "fields": tuple,
    "beside": _read_stage,
    "ahead": lambda stages: tuple(_read_stage(stage) for stage in stages),
    "stops": _read_trip_stops,
}
_CODECS = {kind: Codec(cls, _WRITE, _READ) for kind, cls in KINDS.items()}


def event_fields(event: Event) -> dict[str, Any]:
    """The event as plain JSON values; moments as epoch milliseconds."""
    return _CODECS[event.kind].write(event)


def read_event(kind: str, values: Mapping[str, Any]) -> Event:
    return _CODECS[kind].read(values)
