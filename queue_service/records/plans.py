"""The shape of a set-up: what may be written about a branch, and the domain's value made from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints, field_validator, model_validator

from queue_service.domain.asking import ASKED, NOTHING_ASKED, RETENTION_DAYS, Asks, Need
from queue_service.domain.asking import Field as Asked
from queue_service.domain.branches import (
    CASE_DAYS,
    GENERAL,
    AtClosing,
    Branch,
    CounterPlan,
    PriorityClass,
    Queue,
    Rules,
    Screens,
)
from queue_service.domain.calendars import Calendar, SpecialDay
from queue_service.domain.names import Name
from queue_service.records.booking_plans import BookingPlan, ClassPlan, LotsPlan
from queue_service.records.calendar_plans import (
    NO_CALENDAR,
    CalendarPlan,
    ExceptionPlan,
    NamePlan,
    Opening,
    Plan,
    Slug,
    Text,
)
from queue_service.records.complaint_plans import ComplaintsPlan
from queue_service.records.errand_plans import ErrandSetup, check_errands
from queue_service.records.journey_plans import JourneyPlan
from queue_service.records.misfits import SPELLING_SENTENCES, UNKNOWN_SENTENCES, Unfit, check_once, spelt
from queue_service.records.outreach_plans import OutreachPlan, TeamPlan
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant
from queue_service.records.standard_plans import StandardPlan

Prefix = Annotated[str, spelt(r"[A-Z]{1,3}", SPELLING_SENTENCES["prefix"])]


@cache
def _time_zones() -> set[str]:
    """Looked up once: it takes a walk through hundreds of files."""
    return available_timezones()


Purpose = Annotated[str, StringConstraints(min_length=10, max_length=400, strip_whitespace=True)]


class PurposePlan(Plan):
    """Sentences for those who are asked: they are shown in both languages."""

    id: Purpose
    en: Purpose


class AsksPlan(Plan):
    name: Need | None = None
    phone: Need | None = None
    nik: Need | None = None
    card: Need | None = None
    record: Need | None = None
    reference: Need | None = None


class RetentionPlan(Plan):
    """Days after that of the ticket. 1 is until the job of the next day."""

    name: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.NAME]
    phone: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.PHONE]
    nik: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.NIK]
    card: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.CARD]
    record: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.RECORD]
    reference: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.REFERENCE]
    ihs: Annotated[int, Field(ge=1, le=3650)] = RETENTION_DAYS[Asked.IHS]


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
    standard: StandardPlan | None = None

    @model_validator(mode="after")
    def says_why_it_asks(self) -> Self:
        if self.one_claim_per_person and self.asks.nik is not Need.REQUIRED:
            raise Unfit("one_claim_per_person needs “nik: required” in “asks”: the NIK tells one person from another")
        if self.asks != AsksPlan() and self.purpose is None:
            raise Unfit("expected a “purpose” beside “asks”: those who are asked are told why")
        return self

    def asking(self) -> Asks:
        needs = {asked: need for asked in ASKED if (need := getattr(self.asks, asked)) is not None}
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
            standard=None if self.standard is None else self.standard.standard(),
        )


class CounterSetup(Plan):
    id: Slug
    name: NamePlan
    queues: list[Slug]


class RulesPlan(Plan):
    pause_minutes: Annotated[int, Field(ge=0, le=240)] = Rules.pause_minutes
    max_calls: Annotated[int, Field(ge=1, le=20)] = Rules.max_calls
    away_minutes: Annotated[int, Field(ge=1, le=240)] = Rules.away_minutes
    requeue_minutes: Annotated[int, Field(ge=0, le=480)] = Rules.requeue_minutes
    unattended_minutes: Annotated[int, Field(ge=1, le=240)] = Rules.unattended_minutes
    guard_minutes: Annotated[int, Field(ge=0, le=480)] | None = Rules.guard_minutes


class BranchPlan(Opening):
    """`agency`: which it is part of, where there are several here."""

    id: Slug
    name: NamePlan
    agency: NamePlan | None = None
    timezone: str = "Asia/Jakarta"
    calendar: Slug | None = None
    exceptions: list[ExceptionPlan] = []
    at_closing: AtClosing = AtClosing.SERVE
    screens: Screens = Screens.OPEN
    classes: list[ClassPlan] = []
    journeys: list[JourneyPlan] = []
    errands: list[ErrandSetup] = []
    rules: RulesPlan = RulesPlan()
    retention_days: RetentionPlan = RetentionPlan()
    case_days: Annotated[int, Field(ge=1, le=3650)] = CASE_DAYS
    complaints: ComplaintsPlan = ComplaintsPlan()
    outreach: OutreachPlan | None = None
    team: TeamPlan | None = None
    queues: list[QueuePlan]
    counters: Annotated[list[CounterSetup], Field(min_length=1)]

    @field_validator("timezone")
    @classmethod
    def timezone_is_known(cls, value: str) -> str:
        if value not in _time_zones():
            raise Unfit("expected the name of a time zone, such as Asia/Jakarta")
        return value

    @model_validator(mode="after")
    def serves_at_queues_or_moves(self) -> Self:
        """A team's queues are the stops of its trips, and every counter serves them all."""
        if self.team is None:
            if not self.queues:
                raise Unfit("expected at least one queue, or a “team”")
            if idle := next((counter for counter in self.counters if not counter.queues), None):
                raise Unfit("counter “{counter}” serves no queue", counter=idle.id)
        elif self.queues or self.journeys or any(counter.queues for counter in self.counters):
            raise Unfit("a team's queues are the stops of each day's trip: expected “queues: []”, also at its counters")
        elif self.at_closing is not AtClosing.SERVE or self.outreach is not None:
            raise Unfit("a team serves whoever is there, and takes no requests itself: its office does")
        return self

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        check_once("queue", [queue.id for queue in self.queues])
        check_once("prefix", [queue.prefix for queue in self.queues])
        check_once("counter", [counter.id for counter in self.counters])
        check_once("class", [GENERAL, *(item.id for item in self.classes)])
        check_once("journey", [journey.id for journey in self.journeys])
        for journey in self.journeys:
            for stage in journey.stages:
                check_once("stop", stage)
            if strange := journey.progress.keys() - {queue for stage in journey.stages for queue in stage}:
                raise Unfit(UNKNOWN_SENTENCES["progress"], of=journey.id, queue=min(strange))
        known = {queue.id for queue in self.queues}
        for what, whose, queues in self._queues_named():
            if unknown := next((queue for queue in queues if queue not in known), None):
                raise Unfit(UNKNOWN_SENTENCES[what], of=whose, queue=unknown)
        for queue in self.queues:
            if queue.draw is not None and not (self.hours if queue.hours is None else queue.hours):
                raise Unfit("queue “{queue}” draws places by lot, and needs opening hours", queue=queue.id)
        return self

    def _queues_named(self) -> Iterator[tuple[str, object, Iterable[str]]]:
        """By what, and by whose."""
        for counter in self.counters:
            yield "counter", counter.id, counter.queues
        for exception in self.exceptions:
            yield "exception", exception.day, exception.queues
        for journey in self.journeys:
            yield "journey", journey.id, (queue for stage in journey.stages for queue in stage)
        for queue in self.queues:
            yield "alternative", queue.id, queue.alternatives

    @property
    def seasons_named(self) -> set[str]:
        return {season for opening in (self, *self.queues) for season in opening.seasons}

    def calendar_of(self, queue: QueuePlan | None, shared: CalendarPlan) -> Calendar:
        """None: of the branch itself. A queue with hours of its own keeps them in all seasons for which it names no
        others."""
        source: Opening = self if queue is None or queue.hours is None else queue
        seasons = source.seasons if queue is None else {**source.seasons, **queue.seasons}
        special = {}
        if queue is None or queue.on_days_off == "closed":
            special = {day: SpecialDay(name.name()) for day, name in shared.days_off.items()}
        for exception in self.exceptions:
            if not exception.queues or (queue is not None and queue.id in exception.queues):
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
            agency=None if self.agency is None else self.agency.name(),
            case_days=self.case_days,
            complaints=self.complaints.rules(),
            outreach=None if self.outreach is None else self.outreach.outreach(),
            team=None if self.team is None else self.team.team(self.calendar_of(None, shared)),
            errands={item.id: item.errand() for item in self.errands},
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
            raise Unfit("expected “branch” beside “queues”: those of which branch?")
        return self

    def grant(self) -> Grant:
        return Grant(Role(self.role), self.branch, frozenset(self.queues))


class StaffPlan(Plan):
    """An account; never its password. `openid`: by which a provider may name its owner."""

    login: Annotated[str, spelt(r"[a-z0-9][a-z0-9._@-]{1,63}", SPELLING_SENTENCES["login"])]
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
        check_once("branch", branches)
        check_once("connection", [connection.id for connection in self.connections])
        check_once("login", [person.login for person in self.staff])
        check_errands(self.branches, {connection.id for connection in self.connections})
        for connection in self.connections:
            if unknown := next((branch for branch in connection.branches if branch not in branches), None):
                raise Unfit(
                    "connection “{connection}” names “{branch}”, which is not among the branches",
                    connection=connection.id,
                    branch=unknown,
                )
        return self

    @model_validator(mode="after")
    def calendars_are_known(self) -> Self:
        calendars = {calendar.id: calendar for calendar in self.calendars}
        if len(calendars) < len(self.calendars):
            raise Unfit("expected each calendar once, but one stands twice")
        for branch in self.branches:
            if branch.calendar is not None and branch.calendar not in calendars:
                raise Unfit(
                    "branch “{branch}” goes by “{calendar}”, which is not among the calendars",
                    branch=branch.id,
                    calendar=branch.calendar,
                )
            shared = calendars[branch.calendar] if branch.calendar else NO_CALENDAR
            if strange := branch.seasons_named - {season.id for season in shared.seasons}:
                raise Unfit(
                    "branch “{branch}” has hours for “{season}”, no season of its calendar",
                    branch=branch.id,
                    season=min(strange),
                )
        return self

    @model_validator(mode="after")
    def teams_are_of_an_office(self) -> Self:
        offices = {branch.id for branch in self.branches if branch.outreach is not None}
        for branch in self.branches:
            if branch.team is not None and branch.team.office not in offices:
                raise Unfit(
                    "team “{team}” is of “{office}”, which is no branch with “outreach”",
                    team=branch.id,
                    office=branch.team.office,
                )
        return self

    @model_validator(mode="after")
    def grants_are_of_what_there_is(self) -> Self:
        known = {branch.id: {queue.id for queue in branch.queues} for branch in self.branches}
        for person in self.staff:
            for grant in person.grants:
                if grant.branch is not None and grant.branch not in known:
                    raise Unfit(
                        "“{login}” is for “{branch}”, which is not among the branches",
                        login=person.login,
                        branch=grant.branch,
                    )
                if strange := set(grant.queues) - known.get(grant.branch or "", set()):
                    raise Unfit(
                        "“{login}” is for “{queue}”, which is not among the queues there",
                        login=person.login,
                        queue=min(strange),
                    )
        return self
