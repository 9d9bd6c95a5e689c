"""A branch as it is set up: its queues, counters, classes and rules. Nothing here changes during a day's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from queue_service.domain.asking import NOTHING_ASKED, RETENTION_DAYS, Asks, Field
from queue_service.domain.calendars import ALWAYS, Calendar
from queue_service.domain.complaint_rules import USUAL, ComplaintRules
from queue_service.domain.errors import NotFound
from queue_service.domain.journeys import Journey
from queue_service.domain.names import Name
from queue_service.domain.outreach import Outreach, Team
from queue_service.domain.referrals import ErrandPlan
from queue_service.domain.standards import Standard

GENERAL = "general"
CASE_DAYS = 180


@dataclass(frozen=True)
class Booking:
    """How a queue takes appointments. Within the limits before and after their time, they are due at that time."""

    per_slot: int
    slot_minutes: int = 15
    days_ahead: int = 14
    early_minutes: int = 60
    late_minutes: int = 15
    notice_minutes: int = 60  # ahead of a time, at least, for whom the waiting list brings a place at it
    release_late: bool = False  # whoever has not come by the late limit gives their place up
    reminders: tuple[int, ...] = ()  # so many minutes before
    overbook_percent: int = 0  # more than `per_slot`, at most, where fewer come than book

    @property
    def most(self) -> int:
        """Whatever is learned, no time is given to more."""
        return self.per_slot * (100 + self.overbook_percent) // 100


@dataclass(frozen=True)
class BeforeDay:
    """A time of the day so many days before another."""

    days: int
    at: time

    def before(self, branch: Branch, day: date) -> datetime:
        return datetime.combine(day - timedelta(days=self.days), self.at, branch.timezone).astimezone(UTC)


@dataclass(frozen=True)
class DrawPlan:
    """How a queue gives its places of a day by lot."""

    quota: int
    opens: BeforeDay
    closes: BeforeDay
    drawn_at: BeforeDay


@dataclass(frozen=True)
class Queue:
    id: str
    name: Name
    prefix: str
    calendar: Calendar = ALWAYS
    booking: Booking | None = None
    quota: int | None = None  # tickets a day
    walk_in: bool = True  # False: only clerks and journeys bring visitors here
    alternatives: tuple[str, ...] = ()  # queues where the same is done: another doctor's
    asks: Asks = NOTHING_ASKED
    one_claim_per_person: bool = False
    draw: DrawPlan | None = None
    standard: Standard | None = None


def early_minutes(queue: Queue) -> int:
    """Before an appointment, from when its holder may check in; also where none are given any more."""
    return queue.booking.early_minutes if queue.booking else Booking.early_minutes


def late_minutes(queue: Queue) -> int:
    return queue.booking.late_minutes if queue.booking else Booking.late_minutes


def notice_minutes(queue: Queue) -> int:
    return queue.booking.notice_minutes if queue.booking else Booking.notice_minutes


@dataclass(frozen=True)
class CounterPlan:
    """A counter as set up; where it stands today is `counters.Counter`."""

    id: str
    name: Name
    queues: tuple[str, ...]


@dataclass(frozen=True)
class PriorityClass:
    """`minutes`: how much earlier than its arrival a ticket of this class is due."""

    id: str
    name: Name
    minutes: int


@dataclass(frozen=True)
class Rules:
    pause_minutes: int = 5  # between two calls of the same missed ticket
    max_calls: int = 3
    away_minutes: int = 15  # how long a place is kept for someone who stepped away
    requeue_minutes: int = 10  # when the clerk names no other
    unattended_minutes: int = 5  # after a call that nothing followed, another counter may take the visitor over
    guard_minutes: int | None = None  # who has waited so long is passed by nobody for a right of precedence


class AtClosing(StrEnum):
    """What becomes of those who still wait when their queue closes for the day."""

    SERVE = "serve"  # all of them, however long it takes
    KEEP = "keep"  # their places, for the next day of service
    RELEASE = "release"  # they are told, and come again


class Screens(StrEnum):
    """Who may show the branch's lobby and kiosk pages."""

    OPEN = "open"  # any browser
    PAIRED = "paired"  # devices that staff have accepted, and staff


@dataclass(frozen=True)
class Branch:
    id: str
    name: Name
    timezone: ZoneInfo
    queues: Mapping[str, Queue]
    counters: Mapping[str, CounterPlan]
    classes: Mapping[str, PriorityClass] = field(default_factory=dict)
    journeys: Mapping[str, Journey] = field(default_factory=dict)
    rules: Rules = Rules()
    at_closing: AtClosing = AtClosing.SERVE
    screens: Screens = Screens.OPEN
    retention_days: Mapping[Field, int] = field(default_factory=lambda: RETENTION_DAYS)
    agency: Name | None = None
    case_days: int = CASE_DAYS  # for which the progress of a paper is kept after its last step
    complaints: ComplaintRules = USUAL
    outreach: Outreach | None = None  # it takes requests for service elsewhere
    team: Team | None = None  # it moves: its queues are the stops of each day's trip
    errands: Mapping[str, ErrandPlan] = field(default_factory=dict)

    def queue(self, queue: str) -> Queue:
        try:
            return self.queues[queue]
        except KeyError:
            raise NotFound("There is no queue “{queue}” at this branch.", queue=queue) from None

    def counter(self, counter: str) -> CounterPlan:
        try:
            return self.counters[counter]
        except KeyError:
            raise NotFound("There is no counter “{counter}” at this branch.", counter=counter) from None

    def journey(self, journey: str) -> Journey:
        try:
            return self.journeys[journey]
        except KeyError:
            raise NotFound("There is no journey “{journey}” at this branch.", journey=journey) from None

    def errand(self, errand: str) -> ErrandPlan:
        try:
            return self.errands[errand]
        except KeyError:
            raise NotFound("There is no errand “{errand}” at this branch.", errand=errand) from None

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.timezone)

    def day_of(self, moment: datetime) -> date:
        return self.local(moment).date()

    @cached_property
    def promises(self) -> bool:
        """Whether any service here says how long it takes."""
        queues, journeys = self.queues.values(), self.journeys.values()
        standards = (*(queue.standard for queue in queues), *(journey.standard for journey in journeys))
        return any(standard and standard.promise for standard in standards)

    @cached_property
    def follows_papers(self) -> bool:
        return any(journey.progress for journey in self.journeys.values())

    @cached_property
    def queue_of_prefix(self) -> Mapping[str, str]:
        return {queue.prefix: queue.id for queue in self.queues.values()}
