"""The shape of a set-up: what may be written about a branch, and the domain's value made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from queue_service.domain.asking import NOTHING_ASKED, RETENTION_DAYS, Asks, Need
from queue_service.domain.asking import Field as Asked
from queue_service.domain.branches import (
    GENERAL,
    AtClosing,
    BeforeDay,
    Booking,
    Branch,
    CounterPlan,
    DrawPlan,
    PriorityClass,
    Queue,
    Rules,
    Screens,
)
from queue_service.domain.calendars import Calendar, Hours, Season, Span, SpecialDay
from queue_service.domain.journeys import Journey
from queue_service.domain.names import Name
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant


def _spelt(pattern: str, expected: str) -> AfterValidator:
    """A check whose refusal says what was expected, in words that are no pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"expected {expected}, not “{value}”")
        return value

    return AfterValidator(check)


Slug = Annotated[
    str,
    _spelt(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", "up to 40 small letters, digits and hyphens, such as poli-anak"),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Prefix = Annotated[str, _spelt(r"[A-Z]{1,3}", "one to three capital letters, such as A")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamePlan(Plan):
    id: Text
    en: Text

    @model_validator(mode="before")
    @classmethod
    def one_for_both(cls, value: Any) -> Any:
        return {"id": value, "en": value} if isinstance(value, str) else value

    def name(self) -> Name:
        return Name(self.id, self.en)


class SpanPlan(Plan):
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("expected “from” to be earlier than “to”")
        return self

    def span(self) -> Span:
        return Span(self.opens, self.closes)


class HoursPlan(SpanPlan):
    days: Annotated[list[Weekday], Field(min_length=1)]

    def hours(self) -> Hours:
        return Hours(frozenset(WEEKDAYS.index(day) + 1 for day in self.days), self.opens, self.closes)


class SeasonPlan(Plan):
    """`to` is the last day of it."""

    id: Slug
    name: NamePlan
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        if self.first > self.last:
            raise ValueError("expected “from” not to be later than “to”")
        return self

    def season(self, hours: Iterable[HoursPlan]) -> Season:
        return Season(self.name.name(), self.first, self.last, tuple(span.hours() for span in hours))


class CalendarPlan(Plan):
    """What many branches have in common: each year's holidays and joint leave, and seasons such as Ramadan."""

    id: Slug
    days_off: dict[date, NamePlan] = {}
    seasons: list[SeasonPlan] = []


NO_CALENDAR = CalendarPlan(id="none")


class ExceptionPlan(Plan):
    """One day at one branch; without hours nobody is served. `queues` empty: all of them."""

    day: date
    name: NamePlan
    hours: list[SpanPlan] = []
    queues: list[Slug] = []

    def special_day(self) -> SpecialDay:
        return SpecialDay(self.name.name(), tuple(span.span() for span in self.hours))


class Opening(Plan):
    """`hours` None: a queue's are its branch's; empty: at all hours. `seasons`: other hours, by a season's id."""

    hours: list[HoursPlan] | None = None
    seasons: dict[Slug, list[HoursPlan]] = {}


Before = Annotated[str, _spelt(r"[1-9][0-9]{0,2}[dhm]", "a time before the appointment, such as 1d, 2h or 30m")]


def _minutes(before: str) -> int:
    return int(before[:-1]) * {"d": 24 * 60, "h": 60, "m": 1}[before[-1]]


class OverbookPlan(Plan):
    """`most`: what part of the places more, where experience shows that not all come."""

    most: Annotated[float, Field(ge=0, le=0.5)] = 0


class BookingPlan(Plan):
    per_slot: Annotated[int, Field(ge=1, le=1000)]
    slot_minutes: Annotated[int, Field(ge=5, le=480)] = Booking.slot_minutes
    days_ahead: Annotated[int, Field(ge=0, le=180)] = Booking.days_ahead
    early_minutes: Annotated[int, Field(ge=0, le=480)] = Booking.early_minutes
    late_minutes: Annotated[int, Field(ge=0, le=240)] = Booking.late_minutes
    notice_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = Booking.notice_minutes
    release_late: bool = Booking.release_late
    reminders: Annotated[list[Before], Field(max_length=5)] = []
    overbook: OverbookPlan = OverbookPlan()

    def booking(self) -> Booking:
        return Booking(
            **self.model_dump(exclude={"reminders", "overbook"}),
            reminders=tuple(sorted({_minutes(before) for before in self.reminders}, reverse=True)),
            overbook_percent=round(self.overbook.most * 100),
        )


class BeforeDayPlan(Plan):
    days_before: Annotated[int, Field(ge=1, le=60)]
    at: time

    def before(self) -> BeforeDay:
        return BeforeDay(self.days_before, self.at)


class LotsPlan(Plan):
    """A draw for each day of service, over before it begins."""

    quota: Annotated[int, Field(ge=1, le=10_000)]
    opens: BeforeDayPlan
    closes: BeforeDayPlan
    drawn_at: BeforeDayPlan

    @model_validator(mode="after")
    def is_in_order(self) -> Self:
        moments = [(-moment.days_before, moment.at) for moment in (self.opens, self.closes, self.drawn_at)]
        if not moments[0] < moments[1] <= moments[2]:
            raise ValueError("expected “opens” before “closes”, and “closes” not after “drawn_at”")
        return self

    def draw(self) -> DrawPlan:
        return DrawPlan(self.quota, self.opens.before(), self.closes.before(), self.drawn_at.before())


Purpose = Annotated[str, StringConstraints(min_length=10, max_length=400, strip_whitespace=True)]


class PurposePlan(Plan):
    """Sentences for those who are asked: they are shown in both languages."""

    id: Purpose
    en: Purpose


class AsksPlan(Plan):
    name: Need | None = None
    phone: Need | None = None
    nik: Need | None = None


class RetentionPlan(Plan):
    """Days after that of the ticket. 1 is until the job of the next day."""

    name: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.NAME]
    phone: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.PHONE]
    nik: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.NIK]


class QueuePlan(Opening):
    id: Slug
    name: NamePlan
    prefix: Prefix
    on_days_off: Literal["closed", "open"] = "closed"
    quota: Annotated[int, Field(ge=1, le=100_000)] | None = None
    walk_in: bool = True
    alternatives: list[Slug] = []
    appointments: BookingPlan | None = None
    draw: LotsPlan | None = None
    asks: AsksPlan = AsksPlan()
    purpose: PurposePlan | None = None
    one_claim_per_person: bool = False

    @model_validator(mode="after")
    def says_why_it_asks(self) -> Self:
        if self.one_claim_per_person and self.asks.nik is not Need.REQUIRED:
            raise ValueError(
                "one_claim_per_person needs “asks: {nik: required}”: the NIK tells one person from another"
            )
        if self.asks != AsksPlan() and self.purpose is None:
            raise ValueError("expected a “purpose” beside “asks”: those who are asked are told why")
        return self

    def asking(self) -> Asks:
        needs = {asked: need for asked in Asked if (need := getattr(self.asks, asked)) is not None}
        return Asks(needs, Name(self.purpose.id, self.purpose.en)) if needs and self.purpose else NOTHING_ASKED

    def queue(self, calendar: Calendar) -> Queue:
        booking = None if self.appointments is None else self.appointments.booking()
        return Queue(
            id=self.id,
            name=self.name.name(),
            prefix=self.prefix,
            calendar=calendar,
            booking=booking,
            quota=self.quota,
            walk_in=self.walk_in,
            alternatives=tuple(self.alternatives),
            asks=self.asking(),
            one_claim_per_person=self.one_claim_per_person,
            draw=None if self.draw is None else self.draw.draw(),
        )


class CounterSetup(Plan):
    id: Slug
    name: NamePlan
    queues: Annotated[list[Slug], Field(min_length=1)]


class ClassPlan(Plan):
    id: Slug
    name: NamePlan
    minutes: Annotated[int, Field(ge=0, le=24 * 60)]


class JourneyPlan(Plan):
    """`stops`: queues in their order; a list among them is of stops that may be made in any order."""

    id: Slug
    name: NamePlan
    stops: Annotated[list[Slug | Annotated[list[Slug], Field(min_length=1)]], Field(min_length=1, max_length=20)]

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        return tuple((stop,) if isinstance(stop, str) else tuple(stop) for stop in self.stops)

    def journey(self) -> Journey:
        return Journey(self.id, self.name.name(), self.stages)


class RulesPlan(Plan):
    pause_minutes: Annotated[int, Field(ge=0, le=240)] = Rules.pause_minutes
    max_calls: Annotated[int, Field(ge=1, le=20)] = Rules.max_calls
    away_minutes: Annotated[int, Field(ge=1, le=240)] = Rules.away_minutes
    requeue_minutes: Annotated[int, Field(ge=0, le=480)] = Rules.requeue_minutes
    unattended_minutes: Annotated[int, Field(ge=1, le=240)] = Rules.unattended_minutes
    guard_minutes: Annotated[int, Field(ge=0, le=480)] | None = Rules.guard_minutes


class BranchPlan(Opening):
    id: Slug
    name: NamePlan
    timezone: str = "Asia/Jakarta"
    calendar: Slug | None = None
    exceptions: list[ExceptionPlan] = []
    at_closing: AtClosing = AtClosing.SERVE
    screens: Screens = Screens.OPEN
    classes: list[ClassPlan] = []
    journeys: list[JourneyPlan] = []
    rules: RulesPlan = RulesPlan()
    retention_days: RetentionPlan = RetentionPlan()
    queues: Annotated[list[QueuePlan], Field(min_length=1)]
    counters: Annotated[list[CounterSetup], Field(min_length=1)]

    @field_validator("timezone")
    @classmethod
    def timezone_is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected the name of a time zone, such as Asia/Jakarta")
        return value

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        for what, ids in (
            ("queue", [queue.id for queue in self.queues]),
            ("prefix", [queue.prefix for queue in self.queues]),
            ("counter", [counter.id for counter in self.counters]),
            ("class", [GENERAL, *(item.id for item in self.classes)]),
            ("journey", [journey.id for journey in self.journeys]),
            *(("stop of a stage", stage) for journey in self.journeys for stage in journey.stages),
        ):
            if twice := next((item for item in ids if ids.count(item) > 1), None):
                raise ValueError(f"expected each {what} once, but “{twice}” stands twice")
        known = {queue.id for queue in self.queues}
        for what, queues in self._queues_named():
            if unknown := next((queue for queue in queues if queue not in known), None):
                raise ValueError(f"{what} “{unknown}”, which is not among the queues")
        for queue in self.queues:
            if queue.draw is not None and not (self.hours if queue.hours is None else queue.hours):
                raise ValueError(f"queue “{queue.id}” draws places by lot, and needs opening hours")
        return self

    def _queues_named(self) -> Iterator[tuple[str, Iterable[str]]]:
        """By what, in words."""
        for counter in self.counters:
            yield f"counter “{counter.id}” serves", counter.queues
        for exception in self.exceptions:
            yield f"the exception of {exception.day} is for", exception.queues
        for journey in self.journeys:
            yield f"journey “{journey.id}” stops at", (queue for stage in journey.stages for queue in stage)
        for queue in self.queues:
            yield f"an alternative of queue “{queue.id}” is", queue.alternatives

    @property
    def seasons_named(self) -> set[str]:
        return {season for opening in (self, *self.queues) for season in opening.seasons}

    def calendar_of(self, queue: QueuePlan, shared: CalendarPlan) -> Calendar:
        """A queue with hours of its own keeps them in all seasons for which it names no others."""
        source: Opening = self if queue.hours is None else queue
        seasons = {**source.seasons, **queue.seasons}
        special = {}
        if queue.on_days_off == "closed":
            special = {day: SpecialDay(name.name()) for day, name in shared.days_off.items()}
        for exception in self.exceptions:
            if not exception.queues or queue.id in exception.queues:
                special[exception.day] = exception.special_day()
        return Calendar(
            hours=tuple(span.hours() for span in source.hours or ()),
            seasons=tuple(season.season(seasons[season.id]) for season in shared.seasons if season.id in seasons),
            special=special,
        )

    def branch(self, shared: CalendarPlan = NO_CALENDAR) -> Branch:
        return Branch(
            id=self.id,
            name=self.name.name(),
            timezone=ZoneInfo(self.timezone),
            queues={queue.id: queue.queue(self.calendar_of(queue, shared)) for queue in self.queues},
            counters={c.id: CounterPlan(c.id, c.name.name(), tuple(c.queues)) for c in self.counters},
            classes={item.id: PriorityClass(item.id, item.name.name(), item.minutes) for item in self.classes},
            journeys={item.id: item.journey() for item in self.journeys},
            rules=Rules(**self.rules.model_dump()),
            at_closing=self.at_closing,
            screens=self.screens,
            retention_days={asked: getattr(self.retention_days, asked) for asked in Asked},
        )


class ConnectionPlan(Plan):
    """To another system. What its settings may say is that system's own."""

    id: Slug
    system: Slug
    branches: list[Slug] = []  # none named: all
    settings: dict[str, Any] = {}


class GrantPlan(Plan):
    """`branch` none: all. `queues` none: all of that branch."""

    role: Literal["clerk", "supervisor", "administrator", "head"]
    branch: Slug | None = None
    queues: list[Slug] = []

    @model_validator(mode="after")
    def queues_are_of_a_branch(self) -> Self:
        if self.queues and self.branch is None:
            raise ValueError("expected “branch” beside “queues”: those of which branch?")
        return self

    def grant(self) -> Grant:
        return Grant(Role(self.role), self.branch, frozenset(self.queues))


class StaffPlan(Plan):
    """An account; never its password. `openid`: by which a provider may name its owner."""

    login: Annotated[
        str, _spelt(r"[a-z0-9][a-z0-9._@-]{1,63}", "2 to 64 small letters, digits and . _ @ -, such as rina.hartati")
    ]
    name: Text
    openid: Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)] | None = None
    grants: list[GrantPlan] = []


class SetupPlan(Plan):
    calendars: list[CalendarPlan] = []
    branches: Annotated[list[BranchPlan], Field(min_length=1)]
    connections: list[ConnectionPlan] = []
    staff: list[StaffPlan] = []

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        branches = [branch.id for branch in self.branches]
        connections, logins = [each.id for each in self.connections], [each.login for each in self.staff]
        for what, ids in (("branch", branches), ("connection", connections), ("login", logins)):
            if twice := next((item for item in ids if ids.count(item) > 1), None):
                raise ValueError(f"expected each {what} once, but “{twice}” stands twice")
        for connection in self.connections:
            if unknown := next((branch for branch in connection.branches if branch not in branches), None):
                raise ValueError(f"connection “{connection.id}” names “{unknown}”, which is not among the branches")
        return self

    @model_validator(mode="after")
    def calendars_are_known(self) -> Self:
        calendars = {calendar.id: calendar for calendar in self.calendars}
        if len(calendars) < len(self.calendars):
            raise ValueError("expected each calendar once, but one stands twice")
        for branch in self.branches:
            if branch.calendar is not None and branch.calendar not in calendars:
                raise ValueError(f"branch “{branch.id}” goes by “{branch.calendar}”, which is not among the calendars")
            shared = calendars[branch.calendar] if branch.calendar else NO_CALENDAR
            if strange := branch.seasons_named - {season.id for season in shared.seasons}:
                raise ValueError(f"branch “{branch.id}” has hours for “{min(strange)}”, no season of its calendar")
        return self

    @model_validator(mode="after")
    def grants_are_of_what_there_is(self) -> Self:
        known = {branch.id: {queue.id for queue in branch.queues} for branch in self.branches}
        for person in self.staff:
            for grant in person.grants:
                if grant.branch is not None and grant.branch not in known:
                    raise ValueError(f"“{person.login}” is for “{grant.branch}”, which is not among the branches")
                if strange := set(grant.queues) - known.get(grant.branch or "", set()):
                    raise ValueError(f"“{person.login}” is for “{min(strange)}”, which is not among the queues there")
        return self
