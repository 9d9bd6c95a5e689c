"""What happens to a request, and how its journal keeps it. No event holds who somebody is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from queue_service.domain.codecs import Codec
from queue_service.domain.requests import Asker, Check, Need, Person


@dataclass(frozen=True, slots=True)
class RequestEvent:
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class RequestEntry:
    seq: int
    at: datetime
    by: str
    event: RequestEvent


@dataclass(frozen=True, slots=True)
class Received(RequestEvent):
    kind = "received"
    office: str
    asker: Asker
    village: str
    people: tuple[Person, ...]
    promised_by: date
    source: str  # page, staff, import or api


@dataclass(frozen=True, slots=True)
class Checked(RequestEvent):
    kind = "checked"
    person: str
    check: Check


@dataclass(frozen=True, slots=True)
class InfoAsked(RequestEvent):
    kind = "info_asked"
    question: str


@dataclass(frozen=True, slots=True)
class InfoGiven(RequestEvent):
    """What was answered stands in the records, encrypted."""

    kind = "info_given"


@dataclass(frozen=True, slots=True)
class Scheduled(RequestEvent):
    """`labels`: pairs of a person's id and the ticket's label."""

    kind = "scheduled"
    branch: str
    day: date
    queue: str
    labels: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TakenOut(RequestEvent):
    """Of their visit, to be given another."""

    kind = "taken_out"
    people: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Merged(RequestEvent):
    kind = "merged"
    into: str


@dataclass(frozen=True, slots=True)
class Joined(RequestEvent):
    """By the people of another request, which was merged into this one."""

    kind = "joined"
    request: str
    people: tuple[Person, ...]
    promised_by: date


@dataclass(frozen=True, slots=True)
class Declined(RequestEvent):
    kind = "declined"
    reason: str


@dataclass(frozen=True, slots=True)
class Withdrawn(RequestEvent):
    kind = "withdrawn"


@dataclass(frozen=True, slots=True)
class ContactChanged(RequestEvent):
    kind = "contact_changed"


@dataclass(frozen=True, slots=True)
class DatesChosen(RequestEvent):
    kind = "dates_chosen"
    first: date
    last: date


KINDS: Mapping[str, type[RequestEvent]] = {
    kind.kind: kind
    for kind in (
        *(Received, Checked, InfoAsked, InfoGiven, Scheduled, TakenOut),
        *(Merged, Joined, Declined, Withdrawn, ContactChanged, DatesChosen),
    )
}


_PERSON = Codec(Person, {}, {"needs": lambda needs: tuple(map(Need, needs)), "check": Check})


def _people_as_json(people: tuple[Person, ...] | tuple[str, ...]) -> list[Any]:
    return [one if isinstance(one, str) else _PERSON.write(one) for one in people]


def _read_people(people: list[Any]) -> tuple[Any, ...]:
    return tuple(one if isinstance(one, str) else _PERSON.read(one) for one in people)


_DAYS = ("day", "first", "last", "promised_by")
_WRITE: Mapping[str, Callable[[Any], Any]] = {**dict.fromkeys(_DAYS, date.isoformat), "people": _people_as_json}
_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_DAYS, date.fromisoformat),
    "people": _read_people,
    "labels": lambda pairs: tuple((person, label) for person, label in pairs),
    "asker": Asker,
    "check": Check,
}
_CODECS = {kind: Codec(cls, _WRITE, _READ) for kind, cls in KINDS.items()}


def event_fields(event: RequestEvent) -> dict[str, Any]:
    return _CODECS[event.kind].write(event)


def read_event(kind: str, values: Mapping[str, Any]) -> RequestEvent:
    return _CODECS[kind].read(values)
