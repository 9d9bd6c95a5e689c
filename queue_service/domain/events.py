"""What happens on a floor, as the journal keeps it. No event holds personal data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True)
class Event:
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class TicketEvent(Event):
    """Something that happened to one ticket."""

    label: str


@dataclass(frozen=True, slots=True)
class CounterEvent(TicketEvent):
    """Something that a counter did with one ticket, and may undo."""

    counter: str


@dataclass(frozen=True, slots=True)
class Issued(TicketEvent):
    kind = "issued"
    queue: str
    due: datetime
    ticket_class: str


@dataclass(frozen=True, slots=True)
class Booked(TicketEvent):
    """A number for a later time. `due` is the appointment's, and the ticket waits only once its holder has come."""

    kind = "booked"
    queue: str
    due: datetime
    ticket_class: str


@dataclass(frozen=True, slots=True)
class Rescheduled(TicketEvent):
    """To another time of the same day."""

    kind = "rescheduled"
    due: datetime


@dataclass(frozen=True, slots=True)
class Called(CounterEvent):
    kind = "called"


@dataclass(frozen=True, slots=True)
class Recalled(CounterEvent):
    kind = "recalled"


@dataclass(frozen=True, slots=True)
class Served(CounterEvent):
    """Service began."""

    kind = "serving"


@dataclass(frozen=True, slots=True)
class Completed(CounterEvent):
    kind = "completed"


@dataclass(frozen=True, slots=True)
class Missed(CounterEvent):
    kind = "no_show"


@dataclass(frozen=True, slots=True)
class Held(CounterEvent):
    kind = "held"


@dataclass(frozen=True, slots=True)
class Requeued(CounterEvent):
    kind = "requeued"
    due: datetime


@dataclass(frozen=True, slots=True)
class Transferred(CounterEvent):
    kind = "transferred"
    queue: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Cancelled(TicketEvent):
    kind = "cancelled"


@dataclass(frozen=True, slots=True)
class Released(TicketEvent):
    """Its queue has closed for the day. `kept_as`: the number that keeps its place on the day `kept_on`, if any."""

    kind = "released"
    kept_on: str = ""
    kept_as: str = ""


@dataclass(frozen=True, slots=True)
class SteppedAway(TicketEvent):
    kind = "stepped_away"
    until: datetime


@dataclass(frozen=True, slots=True)
class CheckedIn(TicketEvent):
    kind = "checked_in"
    due: datetime


@dataclass(frozen=True, slots=True)
class FeedbackGiven(TicketEvent):
    kind = "feedback"
    score: int


@dataclass(frozen=True, slots=True)
class Undone(Event):
    """The counter's entry `undoes` no longer holds; what it had changed is as before."""

    kind = "undone"
    counter: str
    undoes: int
    label: str | None  # the ticket that it was about, if any


@dataclass(frozen=True, slots=True)
class CounterSet(Event):
    kind = "counter_set"
    counter: str
    state: str
    queues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueueSet(Event):
    kind = "queue_set"
    queue: str
    state: str


@dataclass(frozen=True, slots=True)
class Noticed(Event):
    kind = "notice"
    text: str
    until: datetime
    queue: str | None


@dataclass(frozen=True, slots=True)
class NumbersSkipped(Event):
    """The numbers up to `last` are never given out on this day: people may hold them, though no entry says so."""

    kind = "numbers_skipped"
    queue: str
    last: int


@dataclass(frozen=True, slots=True)
class DayClosed(Event):
    """The last of a day: nothing is written after it. `digest` covers all before it and `before`, the day before's."""

    kind = "day_closed"
    digest: str
    before: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day's journal. `by` is a role and an id, such as `clerk:7f3a`; never a person's name."""

    seq: int
    at: datetime
    by: str
    event: Event


KINDS: Mapping[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        *(Issued, Booked, Rescheduled, Called, Recalled, Served, Completed, Missed, Held, Requeued, Transferred),
        *(Cancelled, Released, SteppedAway, CheckedIn, FeedbackGiven, Undone, CounterSet, QueueSet, Noticed),
        *(NumbersSkipped, DayClosed),
    )
}

_MOMENTS = frozenset({"due", "until"})
_READ: Mapping[str, Callable[[Any], Any]] = {"due": from_ms, "until": from_ms, "queues": tuple}
_FIELDS: Mapping[str, tuple[str, ...]] = {kind: tuple(f.name for f in fields(cls)) for kind, cls in KINDS.items()}
_CONVERTED = {kind: tuple(name for name in names if name in _READ) for kind, names in _FIELDS.items()}


def event_fields(event: Event) -> dict[str, Any]:
    """The event as plain JSON values; moments as epoch milliseconds."""
    return {
        name: to_ms(getattr(event, name)) if name in _MOMENTS else getattr(event, name) for name in _FIELDS[event.kind]
    }


def read_event(kind: str, values: dict[str, Any]) -> Event:
    """The reverse of `event_fields`; fields that this version does not know are left out."""
    names = _FIELDS[kind]
    if len(values) > len(names):
        values = {name: values[name] for name in names if name in values}
    for name in _CONVERTED[kind]:
        values[name] = _READ[name](values[name])
    return KINDS[kind](**values)
