"""What happens to a complaint, and how its journal keeps it. No event holds words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from queue_service.domain.codecs import Codec


@dataclass(frozen=True, slots=True)
class Event:
    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Filed(Event):
    """`about`: who served at the counter that it is about. `request`: what tells a repetition from another one, and
    `fingerprint` what was said with it. `anonymous` and `secret`: what its writer wants, should it be passed on."""

    kind = "filed"
    branch: str
    category: str
    due: date
    queue: str = ""
    counter: str = ""
    about: tuple[str, ...] = ()
    anonymous: bool = True
    secret: bool = True
    has_contact: bool = False
    request: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Sorted(Event):
    """Its writer, or another of the staff, had taken it for something else."""

    kind = "sorted"
    category: str
    due: date


@dataclass(frozen=True, slots=True)
class Answered(Event):
    kind = "answered"


@dataclass(frozen=True, slots=True)
class Added(Event):
    """By whoever complained."""

    kind = "added"


@dataclass(frozen=True, slots=True)
class Escalated(Event):
    """`connection` empty: by hand; then `tracking` is what the other side calls it. Its words are all that leaves."""

    kind = "escalated"
    connection: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """Written before it goes out: from now on it may be there, until something else is known."""

    kind = "sent"


@dataclass(frozen=True, slots=True)
class Released(Event):
    """It is surely not there, and may be sent again."""

    kind = "released"


@dataclass(frozen=True, slots=True)
class Doubted(Event):
    """No answer came: only somebody who looks there can say whether they have it."""

    kind = "doubted"


@dataclass(frozen=True, slots=True)
class Withheld(Event):
    """By staff: it is not to be sent, or they have looked and it is not there."""

    kind = "withheld"


@dataclass(frozen=True, slots=True)
class Accepted(Event):
    kind = "accepted"
    tracking: str


@dataclass(frozen=True, slots=True)
class Rejected(Event):
    kind = "rejected"


@dataclass(frozen=True, slots=True)
class FollowedUp(Event):
    """The other authority has said something; `theirs`: by which it is known again."""

    kind = "followed_up"
    theirs: str


@dataclass(frozen=True, slots=True)
class Closed(Event):
    kind = "closed"


KINDS: Mapping[str, type[Event]] = {
    kind.kind: kind
    for kind in (
        *(Filed, Sorted, Answered, Added, Closed),
        *(Escalated, Sent, Released, Doubted, Withheld, Accepted, Rejected, FollowedUp),
    )
}


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: datetime
    by: str
    event: Event


_CODECS = {
    kind: Codec(cls, {"due": date.isoformat}, {"due": date.fromisoformat, "about": tuple})
    for kind, cls in KINDS.items()
}


def event_fields(event: Event) -> dict[str, Any]:
    return _CODECS[event.kind].write(event)


def read_event(kind: str, values: Mapping[str, Any]) -> Event:
    return _CODECS[kind].read(values)
