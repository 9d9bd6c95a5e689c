"""A referral: from a visit here to a place at another agency, and how far it has come. Plain values.

It ends, or it waits for somebody who is named: for its visitor, or for an agency, and for that not in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from queue_service.domain.asking import Field
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import Entry, Event
from queue_service.domain.names import Name
from queue_service.domain.referral_events import (
    ReferralAccepted,
    ReferralClosed,
    ReferralDelayed,
    ReferralEvent,
    ReferralOffered,
    ReferralPaperReady,
    ReferralRefused,
    Referred,
)


@dataclass(frozen=True)
class Paper:
    """That its visitor is to take home. Without a name it is that of the journey there with this id."""

    id: str
    name: Name | None = None


@dataclass(frozen=True)
class ErrandPlan:
    """A way from some queues of one branch to a queue of another, as it is set up. `gives`: what may go over at most,
    and `consent` what its visitor is told of that."""

    id: str
    name: Name
    queues: tuple[str, ...]
    to: str
    queue: str
    consent: Name
    services: tuple[Name, ...] = ()
    brings: tuple[Name, ...] = ()
    gives: tuple[Field, ...] = ()
    papers: tuple[Paper, ...] = ()  # each gets ready by itself
    via: str = ""
    days_later: int = 1
    within_days: int = 14
    answer_minutes: int = 60


class Standing(StrEnum):
    OFFERED = "offered"  # waits for its visitor
    SENT = "sent"
    DELAYED = "delayed"  # the other agency was tried, and is away
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DONE = "done"  # served there; papers may follow
    READY = "ready"
    MISSED = "missed"  # given up there, or nobody came
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """How a referral is closed."""

    DONE = "done"
    READY = "ready"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


class Reason(StrEnum):
    """Why the other agency does not take it, or not now. Words, and no text: the journal holds nothing personal."""

    FULL = "full"
    CLOSED = "closed"  # it takes nobody in that queue any more
    CLAIMED = "claimed"  # this person has a number or appointment there already
    INCOMPLETE = "incomplete"  # it asks for something that is not known here
    OTHER_AGENCY = "other_agency"  # it is another's business
    NOT_NEEDED = "not_needed"  # done already
    AWAY = "away"
    PENDING = "pending"  # it was taken there, and somebody has still to decide


REFUSING = (Reason.OTHER_AGENCY, Reason.NOT_NEEDED, Reason.INCOMPLETE, Reason.FULL)  # what people there may say


@dataclass(frozen=True, slots=True)
class Referral:
    """`standing` None: nothing has happened yet. `attempt`: how often it was sent."""

    id: str
    branch: str
    day: date  # of the ticket
    label: str
    errand: str = ""
    standing: Standing | None = None
    attempt: int = 0
    to: str = ""
    queue: str = ""
    via: str = ""
    wording: str = ""
    fields: tuple[str, ...] = ()
    wanted: datetime | None = None
    sent_at: datetime | None = None
    answer_by: datetime | None = None
    on: date | None = None  # where it has its place there
    number: str = ""
    due: datetime | None = None
    reason: str = ""
    ready: tuple[str, ...] = ()  # of its papers
    changed_at: datetime | None = None
    told_on: date | None = None  # the day and the place of the last entry that it knows
    told_seq: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the other agency has still to answer."""
        return self.standing in OPEN

    def is_unanswered(self, now: datetime) -> bool:
        """Past the time by which an answer was promised."""
        return self.is_open and self.answer_by is not None and now > self.answer_by

    def may(self, step: Step) -> bool:
        return self.standing in TRANSITIONS[step][0]

    def check(self, step: Step) -> None:
        """Raises NotAllowed when the table of transitions has no such step."""
        if not self.may(step):
            raise NotAllowed(STEP_SENTENCES[step])

    def after(self, day: date, entry: Entry) -> Referral:
        event, at = entry.event, entry.at
        told: Mapping[str, Any] = {"changed_at": at, "told_on": day, "told_seq": entry.seq}
        if isinstance(event, ReferralPaperReady):
            return replace(self, ready=(*self.ready, event.paper), **told)
        changed = replace(self, standing=_STANDINGS[type(event)](event), **told)
        match event:
            case ReferralOffered():
                return replace(changed, errand=event.errand)
            case Referred():
                return replace(changed, sent_at=at, **_AGAIN, **{name: getattr(event, name) for name in _TOLD})
            case ReferralAccepted():
                on = date.fromisoformat(event.on)
                return replace(changed, number=event.number, on=on, due=event.due, reason="")
            case ReferralDelayed() | ReferralRefused():
                return replace(changed, reason=event.reason)
            case _:
                return changed


def begun(branch: str, day: date, event: ReferralEvent) -> Referral:
    """Of which an entry on this day tells."""
    return Referral(event.referral, branch, date.fromisoformat(event.of) if event.of else day, event.label)


def caught_up(referral: Referral, day: date, entries: Iterable[Entry]) -> Referral:
    """With what this day's journal tells of it beyond what it knows."""
    for entry in entries:
        if referral.told_on is None or (day, entry.seq) > (referral.told_on, referral.told_seq):
            referral = referral.after(day, entry)
    return referral


class Step(StrEnum):
    OFFER = "offer"
    REFER = "refer"
    DELAY = "delay"
    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    FINISH = "finish"
    REPORT = "report"
    MISS = "miss"


_OFFERED, _SENT, _DELAYED, _ACCEPTED, _REFUSED, _DONE, _READY, _MISSED, _WITHDRAWN = Standing
OPEN = frozenset({_SENT, _DELAYED})
# What nothing of this referral can follow, but that its papers are ready, or that it is sent again.
ENDED = frozenset({_REFUSED, _DONE, _READY, _MISSED, _WITHDRAWN})

TRANSITIONS: Mapping[Step, tuple[frozenset[Standing | None], Standing]] = {  # step: (from, to)
    Step.OFFER: (frozenset({None}), _OFFERED),
    Step.REFER: (frozenset({None, _OFFERED, _REFUSED, _MISSED}), _SENT),
    Step.DELAY: (frozenset({_SENT, _DELAYED}), _DELAYED),  # again: for another reason
    Step.ACCEPT: (frozenset({_SENT, _DELAYED, _ACCEPTED}), _ACCEPTED),  # again: it has another time there
    Step.REFUSE: (frozenset({_SENT, _DELAYED, _ACCEPTED}), _REFUSED),
    Step.WITHDRAW: (frozenset({_OFFERED, _SENT, _DELAYED}), _WITHDRAWN),  # until the consent was used
    Step.FINISH: (frozenset({_ACCEPTED}), _DONE),
    Step.REPORT: (frozenset({_ACCEPTED, _DONE}), _READY),
    Step.MISS: (frozenset({_ACCEPTED}), _MISSED),
}
_STANDINGS: Mapping[type[Event], Any] = {
    ReferralOffered: lambda event: _OFFERED,
    Referred: lambda event: _SENT,
    ReferralDelayed: lambda event: _DELAYED,
    ReferralAccepted: lambda event: _ACCEPTED,
    ReferralRefused: lambda event: _REFUSED,
    ReferralClosed: lambda event: Standing(event.outcome),
}
_TOLD = ("errand", "to", "queue", "via", "answer_by", "wording", "fields", "attempt", "wanted")
_AGAIN: Mapping[str, Any] = {"on": None, "number": "", "due": None, "reason": "", "ready": ()}
STEP_SENTENCES = {
    Step.OFFER: "This referral has been offered already.",
    Step.REFER: "This referral has been sent already.",
    Step.DELAY: "This referral is not on its way.",
    Step.ACCEPT: "This referral is not on its way.",
    Step.REFUSE: "This referral has ended already.",
    Step.WITHDRAW: "The other agency has it already. You can give up the appointment there.",
    Step.FINISH: "This referral has no place at the other agency.",
    Step.REPORT: "This referral has no place at the other agency.",
    Step.MISS: "This referral has no place at the other agency.",
}

LOOK_SOON, LOOK_AGAIN, LOOK_SELDOM = timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=5)
PAPERS_WITHIN = timedelta(days=180)
SETTLED_AFTER = timedelta(minutes=2)  # of an end: until then a place there, given at the same moment, is taken back


def next_look(referral: Referral, now: datetime) -> datetime | None:
    """When the clock has to see to it again; None: never, by itself."""
    match referral.standing:
        case Standing.SENT | Standing.DELAYED if referral.via:
            return now + LOOK_SELDOM
        case Standing.SENT:
            return now + LOOK_SOON
        case Standing.DELAYED:
            return now + LOOK_AGAIN
        case Standing.ACCEPTED:
            is_near = referral.due is not None and referral.due - now < timedelta(days=1)
            return now + (LOOK_SOON if is_near else LOOK_SELDOM)
        case Standing.DONE:
            return now + LOOK_SELDOM if now < (referral.changed_at or now) + PAPERS_WITHIN else None
        case Standing.WITHDRAWN | Standing.REFUSED:
            ended_at = referral.changed_at or now
            return now + LOOK_SOON if now < ended_at + SETTLED_AFTER else None
        case _:
            return None
