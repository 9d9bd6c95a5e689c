"""What happens to a request, and how its journal keeps it. No event holds who somebody is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar

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


def _people_as_json(people: tuple[Person, ...] | tuple[str, ...]) -> list[Any]:
    return [one if isinstance(one, str) else _person_as_json(one) for one in people]


def _person_as_json(person: Person) -> dict[str, Any]:
    values = {field.name: getattr(person, field.name) for field in fields(person)}
    return {
        name: value
        for name, value in values.items()
        if value != next(field.default for field in fields(person) if field.name == name)
    }


def _read_people(people: list[Any]) -> tuple[Any, ...]:
    return tuple(one if isinstance(one, str) else _read_person(one) for one in people)


def _read_person(values: Mapping[str, Any]) -> Person:
    return Person(
        values["id"],
        values["service"],
        tuple(map(Need, values.get("needs", ()))),
        values.get("birth_year"),
        Check(values.get("check", Check.OPEN)),
    )


_WRITE: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("day", "first", "last", "promised_by"), date.isoformat),
    "people": _people_as_json,
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("day", "first", "last", "promised_by"), date.fromisoformat),
    "people": _read_people,
    "labels": lambda pairs: tuple((person, label) for person, label in pairs),
    "asker": Asker,
    "check": Check,
}
_FIELDS = {kind: tuple(fields(cls)) for kind, cls in KINDS.items()}


def event_fields(event: RequestEvent) -> dict[str, Any]:
    """As plain JSON values; what has its default is left out."""
    values = {
        field.name: value
        for field in _FIELDS[event.kind]
        if (value := getattr(event, field.name)) or field.default is MISSING
    }
    return {name: _WRITE[name](value) if name in _WRITE else value for name, value in values.items()}


def read_event(kind: str, values: Mapping[str, Any]) -> RequestEvent:
    """The reverse; fields that this version does not know are left out."""
    names = {field.name for field in _FIELDS[kind]}
    return KINDS[kind](
        **{name: _READ[name](value) if name in _READ else value for name, value in values.items() if name in names}
    )
