"""What people do, as values. `decisions.decide` answers each with events, or refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from queue_service.domain.branches import GENERAL
from queue_service.domain.counters import CounterState
from queue_service.domain.lines import QueueState
from queue_service.domain.referral_actions import OfReferral
from queue_service.domain.trip_actions import OfField, OfTrip


@dataclass(frozen=True, slots=True)
class Issue:
    """Into a queue; or, with a journey, into the queues of its first stage."""

    queue: str
    ticket_class: str = GENERAL
    journey: str = ""
    is_urgent: bool = False  # before all who wait; a clerk's word
    number: int | None = None  # given by another system, which leads here; it gives numbers when it likes
    referral: str = ""  # of another agency's, which sends the visitor here


@dataclass(frozen=True, slots=True)
class Book:
    """On the day of the floor, which may be one to come."""

    queue: str
    slot: datetime
    ticket_class: str = GENERAL
    number: int | None = None  # given by another system, which leads here; it gives times when it likes
    referral: str = ""  # of another agency's, which sends the visitor here


@dataclass(frozen=True, slots=True)
class BookWithin:
    """At the first time that is free between two moments. `share`: of which part of the places it is one; of these
    there are `most` on the day of the floor."""

    queue: str
    opens: datetime
    closes: datetime
    share: str
    most: int


@dataclass(frozen=True, slots=True)
class KeepPlace:
    """For somebody who was not served on an earlier day. `slot`: when service begins."""

    queue: str
    slot: datetime
    ticket_class: str
    share: str = ""
    referral: str = ""


@dataclass(frozen=True, slots=True)
class HolderAction:
    """Something that the visitor does with their own ticket."""

    label: str


@dataclass(frozen=True, slots=True)
class Cancel(HolderAction):
    pass


@dataclass(frozen=True, slots=True)
class StepAway(HolderAction):
    pass


@dataclass(frozen=True, slots=True)
class CheckIn(HolderAction):
    """`first`: another queue, from which whoever booked comes to their own."""

    first: str = ""


@dataclass(frozen=True, slots=True)
class Reschedule(HolderAction):
    slot: datetime  # of the same day


@dataclass(frozen=True, slots=True)
class Release(HolderAction):
    """By the branch. `kept_as`: the number that keeps the place on the day `kept_on`."""

    kept_on: str = ""
    kept_as: str = ""


@dataclass(frozen=True, slots=True)
class Postpone(HolderAction):
    """To the day `kept_on`, as the number `kept_as`: its queue is suspended today."""

    kept_on: str
    kept_as: str


@dataclass(frozen=True, slots=True)
class GiveFeedback(HolderAction):
    score: int  # 1 to 4, the scale of the national satisfaction survey


@dataclass(frozen=True, slots=True)
class Move(HolderAction):
    """To another queue for the same, since nobody serves their own."""

    queue: str


@dataclass(frozen=True, slots=True)
class Reclassify(HolderAction):
    """A clerk's correction. `reason`: one of `Correction`."""

    ticket_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class CounterAction:
    """`expects`: the ticket that whoever acts sees at the counter; refused where it is another by now."""

    counter: str
    expects: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class SetCounter(CounterAction):
    """Open, pause or close; `queues` only with open, None for those it had.

    `sends_back`: whoever is called there returns to the place that they had.
    """

    state: CounterState
    queues: tuple[str, ...] | None = None
    sends_back: bool = False


@dataclass(frozen=True, slots=True)
class CallNext(CounterAction):
    """`queues`: from which the clerk may call; None: from all that the counter serves."""

    queues: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Call(CounterAction):
    label: str


@dataclass(frozen=True, slots=True)
class Recall(CounterAction):
    pass


@dataclass(frozen=True, slots=True)
class Serve(CounterAction):
    pass


@dataclass(frozen=True, slots=True)
class Complete(CounterAction):
    """This stop; the visit goes on at the next, unless it `ends` here."""

    ends: bool = False


@dataclass(frozen=True, slots=True)
class MarkNoShow(CounterAction):
    pass


@dataclass(frozen=True, slots=True)
class Hold(CounterAction):
    pass


@dataclass(frozen=True, slots=True)
class Requeue(CounterAction):
    """The ticket at this counter, or a held or missed one named by its label."""

    after_minutes: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer(CounterAction):
    queue: str
    comes_back: bool = False  # afterwards, to the queue that sent it


@dataclass(frozen=True, slots=True)
class Undo(CounterAction):
    pass


@dataclass(frozen=True, slots=True)
class TakeOver(CounterAction):
    """From a counter whose clerk is not there any more; `is_ordered` by a supervisor, at once."""

    label: str
    is_ordered: bool = False


@dataclass(frozen=True, slots=True)
class LedAction:
    """What another system, which leads here, has done already."""

    label: str


@dataclass(frozen=True, slots=True)
class LedCall(LedAction):
    counter: str


@dataclass(frozen=True, slots=True)
class LedServe(LedAction):
    counter: str


@dataclass(frozen=True, slots=True)
class LedComplete(LedAction):
    """This stop; the visit goes on at the next, or at `queue`, unless it `ends` here."""

    queue: str = ""
    ends: bool = False


@dataclass(frozen=True, slots=True)
class LedReopen(LedAction):
    """It was not over, or goes on at another `queue`."""

    queue: str = ""


@dataclass(frozen=True, slots=True)
class LedMove(LedAction):
    """It waits elsewhere."""

    queue: str


@dataclass(frozen=True, slots=True)
class SetQueue:
    queue: str
    state: QueueState


@dataclass(frozen=True, slots=True)
class Notify:
    """Words to everyone at the branch, or in one queue of it."""

    text: str
    until: datetime
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class Suspend:
    """Whoever serves this queue comes late, or not at all; `until` None: not on this day."""

    queue: str
    until: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class SkipNumbers:
    """Go on after `last`. The queue need not be set up just now: it may be again before the day is over."""

    queue: str
    last: int


@dataclass(frozen=True, slots=True)
class CloseDay:
    """Of a day that is over, up to its entry `seq`."""

    seq: int
    digest: str
    before: str


@dataclass(frozen=True, slots=True)
class OfDay:
    """Something about a queue's places on the day of the floor, which may be one to come."""

    queue: str


@dataclass(frozen=True, slots=True)
class AnnounceDraw(OfDay):
    commitment: str


@dataclass(frozen=True, slots=True)
class EnterDraw(OfDay):
    entry: str


@dataclass(frozen=True, slots=True)
class CloseDraw(OfDay):
    pass


@dataclass(frozen=True, slots=True)
class DrawLots(OfDay):
    seed: str


@dataclass(frozen=True, slots=True)
class JoinWaitingList(OfDay):
    entry: str


@dataclass(frozen=True, slots=True)
class WithdrawEntry(OfDay):
    entry: str


@dataclass(frozen=True, slots=True)
class PassOn(OfDay):
    """Places that are free, or that nobody has come for, to those who wait for one."""


@dataclass(frozen=True, slots=True)
class SetLimit(OfDay):
    overbooked_to: int
    show_percent: int


@dataclass(frozen=True, slots=True)
class Remind(OfDay):
    """Everybody whose reminder is due."""


OfFloor = SetQueue | Notify | Suspend | SkipNumbers | CloseDay
OfPeople = (
    Issue
    | Book
    | BookWithin
    | KeepPlace
    | HolderAction
    | CounterAction
    | OfDay
    | OfFloor
    | LedAction
    | OfTrip
    | OfField
    | OfReferral
)


@dataclass(frozen=True, slots=True)
class Reported:
    """An action that another system tells of. `occurred`: when it really happened there."""

    action: OfPeople
    occurred: datetime


Action = OfPeople | Reported
