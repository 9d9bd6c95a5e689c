"""A complaint: a small journal of its own, and what may be done with it.

Words stand nowhere in it, neither whoever wrote them nor how to reach them: those are kept beside, encrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from queue_service.domain.branches import Branch
from queue_service.domain.complaint_rules import due_on
from queue_service.domain.errors import NotAllowed, NotFound


class State(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    CLOSED = "closed"


class Passage(StrEnum):
    """How its way to another authority stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"


# What happens


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
    """`connection` empty: by hand; then `tracking` is what the other side calls it."""

    kind = "escalated"
    connection: str = ""
    tracking: str = ""


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
    each.kind: each for each in (Filed, Sorted, Answered, Added, Escalated, Accepted, Rejected, FollowedUp, Closed)
}


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: datetime
    by: str
    event: Event


# What is done


@dataclass(frozen=True, slots=True)
class Sort:
    category: str


@dataclass(frozen=True, slots=True)
class Answer:
    pass


@dataclass(frozen=True, slots=True)
class Add:
    pass


@dataclass(frozen=True, slots=True)
class Escalate:
    """As `Escalated`."""

    connection: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Accept:
    tracking: str


@dataclass(frozen=True, slots=True)
class Reject:
    pass


@dataclass(frozen=True, slots=True)
class FollowUp:
    theirs: str


@dataclass(frozen=True, slots=True)
class Close:
    pass


Action = Sort | Answer | Add | Escalate | Accept | Reject | FollowUp | Close


@dataclass(frozen=True, slots=True)
class Escalation:
    connection: str
    passage: Passage
    tracking: str = ""
    heard: frozenset[str] = frozenset()  # what the other authority has said, by its own ids


@dataclass(frozen=True, slots=True)
class Complaint:
    number: str
    filed_at: datetime
    filed: Filed
    category: str
    due: date
    state: State = State.RECEIVED
    answered_at: datetime | None = None  # for the first time
    closed_at: datetime | None = None
    escalation: Escalation | None = None
    entries: tuple[Entry, ...] = field(default=(), repr=False)

    @property
    def branch(self) -> str:
        return self.filed.branch

    @property
    def seq(self) -> int:
        return len(self.entries)

    @property
    def is_open(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def may_be_passed_on(self) -> bool:
        return self.is_open and (self.escalation is None or self.escalation.passage is Passage.REFUSED)

    @property
    def is_on_its_way(self) -> bool:
        """Somebody may carry it there by hand meanwhile."""
        return self.is_open and self.escalation is not None and self.escalation.passage is Passage.WAITING

    def is_late(self, today: date) -> bool:
        """Nobody has answered within what was promised."""
        return self.is_open and self.answered_at is None and today > self.due

    def is_in_time(self, branch: Branch) -> bool:
        return self.answered_at is not None and branch.day_of(self.answered_at) <= self.due

    def is_about(self, staff: str) -> bool:
        """Whether this is a complaint about what they did: then others deal with it, and they do not see it."""
        return staff in self.filed.about


def filed(branch: Branch, now: datetime, category: str, **more: Any) -> Filed:
    """Raises NotFound for what the branch does not have."""
    known = branch.complaints.category(category)
    if queue := more.get("queue"):
        branch.queue(queue)
    if counter := more.get("counter"):
        branch.counter(counter)
    return Filed(branch.id, category, due_on(branch, branch.day_of(now), known.days), **more)


def decide(complaint: Complaint, action: Action, branch: Branch) -> Event | None:
    """None where there is nothing new in it. Raises a Refusal."""
    if not complaint.is_open:
        raise NotAllowed("This complaint is closed.")
    match action:
        case Sort(category):
            return _sort(complaint, category, branch)
        case Answer():
            return Answered()
        case Add():
            return Added()
        case Escalate(connection, tracking):
            if not complaint.may_be_passed_on and not (complaint.is_on_its_way and tracking):
                raise NotAllowed("This complaint was passed on before.")
            return Escalated(connection, tracking)
        case Close():
            if complaint.answered_at is None:
                raise NotAllowed("Answer first: whoever complained is owed some words.")
            return Closed()
    return _heard(complaint, action)


def _sort(complaint: Complaint, category: str, branch: Branch) -> Event | None:
    """The promise counts from the day of the complaint, whenever it is sorted."""
    if category == complaint.category:
        return None
    days = branch.complaints.category(category).days
    return Sorted(category, due_on(branch, branch.day_of(complaint.filed_at), days))


def _heard(complaint: Complaint, action: Accept | Reject | FollowUp) -> Event | None:
    """From the authority that it was passed on to."""
    passed = complaint.escalation
    wanted = Passage.TAKEN if isinstance(action, FollowUp) else Passage.WAITING
    if passed is None or passed.passage is not wanted:
        raise NotAllowed("This complaint was not passed on, or that is settled.")
    if isinstance(action, Accept):
        return Accepted(action.tracking)
    if isinstance(action, Reject):
        return Rejected()
    return None if action.theirs in passed.heard else FollowedUp(action.theirs)


def fold(number: str, entries: Iterable[Entry]) -> Complaint:
    """Raises NotFound where there are none."""
    complaint = None
    for entry in entries:
        complaint = apply(number, complaint, entry)
    if complaint is None:
        raise NotFound("There is no such complaint.")
    return complaint


def apply(number: str, before: Complaint | None, entry: Entry) -> Complaint:
    event = entry.event
    if isinstance(event, Filed):
        return Complaint(number, entry.at, event, event.category, event.due, entries=(entry,))
    assert before is not None
    complaint = replace(before, entries=(*before.entries, entry))
    match event:
        case Sorted(category, due):
            return replace(complaint, category=category, due=due)
        case Answered():
            first = complaint.answered_at or entry.at
            return replace(complaint, state=State.ANSWERED, answered_at=first)
        case Closed():
            return replace(complaint, state=State.CLOSED, closed_at=entry.at)
        case Escalated(connection, tracking):
            passage = Passage.WAITING if connection else Passage.TAKEN
            return replace(complaint, escalation=Escalation(connection, passage, tracking))
    return _apply_heard(complaint, event)


def _apply_heard(complaint: Complaint, event: Event) -> Complaint:
    passed = complaint.escalation
    if passed is None:
        return complaint
    match event:
        case Accepted(tracking):
            passed = replace(passed, passage=Passage.TAKEN, tracking=tracking)
        case Rejected():
            passed = replace(passed, passage=Passage.REFUSED)
        case FollowedUp(theirs):
            passed = replace(passed, heard=passed.heard | {theirs})
    return replace(complaint, escalation=passed)


def event_fields(event: Event) -> dict[str, Any]:
    """As plain JSON values."""
    values = {each.name: getattr(event, each.name) for each in fields(event)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def read_event(kind: str, values: Mapping[str, Any]) -> Event:
    """The reverse; fields that this version does not know are left out."""
    known = {each.name for each in fields(KINDS[kind])}
    return KINDS[kind](**{name: _read(name, value) for name, value in values.items() if name in known})


def _read(name: str, value: Any) -> Any:
    if name == "due":
        return date.fromisoformat(value)
    return tuple(value) if name == "about" else value
