"""A complaint: a small journal of its own, and what may be done with it.

Words stand nowhere in it, neither whoever wrote them nor how to reach them: those are kept beside, encrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from queue_service.domain.branches import Branch
from queue_service.domain.complaint_events import (
    Accepted,
    Added,
    Answered,
    Closed,
    Doubted,
    Entry,
    Escalated,
    Event,
    Filed,
    FollowedUp,
    Rejected,
    Released,
    Sent,
    Sorted,
    Withheld,
)
from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.domain.working_days import due_on


class State(StrEnum):
    RECEIVED = "received"
    ANSWERED = "answered"
    CLOSED = "closed"


class Passage(StrEnum):
    """How its way to another authority stands."""

    WAITING = "waiting"
    SENT = "sent"
    UNKNOWN = "unknown"  # sent, and nobody knows whether it arrived
    WITHHELD = "withheld"  # by staff
    TAKEN = "taken"
    REFUSED = "refused"


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
class Send:
    pass


@dataclass(frozen=True, slots=True)
class Release:
    pass


@dataclass(frozen=True, slots=True)
class Doubt:
    pass


@dataclass(frozen=True, slots=True)
class Withhold:
    pass


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


Step = Send | Release | Doubt | Withhold | Accept | Reject | FollowUp
Action = Sort | Answer | Add | Escalate | Step | Close

_WAITING, _SENT, _UNKNOWN, _WITHHELD, _TAKEN, _REFUSED = Passage

STEPS: Mapping[type[Step], tuple[frozenset[Passage], type[Event]]] = {  # on its way: (from, what happens)
    Send: (frozenset({_WAITING}), Sent),
    Release: (frozenset({_SENT}), Released),
    Doubt: (frozenset({_SENT}), Doubted),
    Withhold: (frozenset({_WAITING, _UNKNOWN}), Withheld),
    Accept: (frozenset({_WAITING, _SENT, _UNKNOWN, _WITHHELD}), Accepted),  # an answer may come late
    Reject: (frozenset({_WAITING, _SENT}), Rejected),
    FollowUp: (frozenset({_TAKEN}), FollowedUp),
}
PASSAGES: Mapping[type[Event], Passage] = {  # where each leads
    Sent: _SENT,
    Released: _WAITING,
    Doubted: _UNKNOWN,
    Withheld: _WITHHELD,
    Accepted: _TAKEN,
    Rejected: _REFUSED,
}


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
    def passage(self) -> Passage | None:
        return self.escalation.passage if self.escalation else None

    @property
    def may_be_passed_on(self) -> bool:
        return self.is_open and self.passage in (None, Passage.REFUSED, Passage.WITHHELD)

    @property
    def is_answered_back(self) -> bool:
        """Whoever complained has written again, and nobody has answered that."""
        told = [entry.event for entry in self.entries if isinstance(entry.event, Answered | Added)]
        return self.is_open and self.answered_at is not None and isinstance(told[-1], Added)

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
            if not complaint.may_be_passed_on:
                raise NotAllowed("This complaint was passed on before.")
            return Escalated(connection, tracking)
        case Close():
            if complaint.answered_at is None:
                raise NotAllowed("Answer first: whoever complained is owed some words.")
            if complaint.passage in (Passage.SENT, Passage.UNKNOWN):
                raise NotAllowed("First say whether SP4N-LAPOR! has it: nobody would hear of it any more.")
            return Closed()
    return _stepped(complaint, action)


def _sort(complaint: Complaint, category: str, branch: Branch) -> Event | None:
    """The promise counts from the day of the complaint, whenever it is sorted."""
    if category == complaint.category:
        return None
    days = branch.complaints.category(category).days
    return Sorted(category, due_on(branch, branch.day_of(complaint.filed_at), days))


def _stepped(complaint: Complaint, step: Step) -> Event | None:
    passed, (allowed, event) = complaint.escalation, STEPS[type(step)]
    if passed is None or passed.passage not in allowed:
        raise NotAllowed("This complaint was not passed on, or that is settled.")
    match step:
        case Accept(tracking):
            return Accepted(tracking)
        case FollowUp(theirs):
            return None if theirs in passed.heard else FollowedUp(theirs)
    return event()


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
    return replace(complaint, escalation=_passed(complaint.escalation, event))


def _passed(before: Escalation | None, event: Event) -> Escalation | None:
    if before is None:
        return None
    if isinstance(event, FollowedUp):
        return replace(before, heard=before.heard | {event.theirs})
    tracking = event.tracking if isinstance(event, Accepted) else before.tracking
    return replace(before, passage=PASSAGES.get(type(event), before.passage), tracking=tracking)
