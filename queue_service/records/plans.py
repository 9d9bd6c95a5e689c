"""The shape of a set-up: what may be written about a branch, and the domain's value made from it."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from queue_service.domain.branches import GENERAL, Branch, CounterPlan, Hours, Name, PriorityClass, Queue, Rules


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


class HoursPlan(Plan):
    days: Annotated[list[Weekday], Field(min_length=1)]
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @model_validator(mode="after")
    def opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("expected “from” to be earlier than “to”")
        return self

    def hours(self) -> Hours:
        return Hours(frozenset(WEEKDAYS.index(day) + 1 for day in self.days), self.opens, self.closes)


class QueuePlan(Plan):
    id: Slug
    name: NamePlan
    prefix: Prefix
    hours: list[HoursPlan] = []
    quota: Annotated[int, Field(ge=1, le=100_000)] | None = None

    def queue(self) -> Queue:
        return Queue(self.id, self.name.name(), self.prefix, tuple(span.hours() for span in self.hours), self.quota)


class CounterSetup(Plan):
    id: Slug
    name: NamePlan
    queues: Annotated[list[Slug], Field(min_length=1)]


class ClassPlan(Plan):
    id: Slug
    name: NamePlan
    minutes: Annotated[int, Field(ge=0, le=24 * 60)]


class RulesPlan(Plan):
    pause_minutes: Annotated[int, Field(ge=0, le=240)] = Rules.pause_minutes
    max_calls: Annotated[int, Field(ge=1, le=20)] = Rules.max_calls
    away_minutes: Annotated[int, Field(ge=1, le=240)] = Rules.away_minutes
    requeue_minutes: Annotated[int, Field(ge=0, le=480)] = Rules.requeue_minutes


class BranchPlan(Plan):
    id: Slug
    name: NamePlan
    timezone: str = "Asia/Jakarta"
    classes: list[ClassPlan] = []
    rules: RulesPlan = RulesPlan()
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
        ):
            if twice := next((item for item in ids if ids.count(item) > 1), None):
                raise ValueError(f"expected each {what} once, but “{twice}” stands twice")
        known = {queue.id for queue in self.queues}
        for counter in self.counters:
            if unknown := next((queue for queue in counter.queues if queue not in known), None):
                raise ValueError(f"counter “{counter.id}” serves “{unknown}”, which is not among the queues")
        return self

    def branch(self) -> Branch:
        return Branch(
            id=self.id,
            name=self.name.name(),
            timezone=ZoneInfo(self.timezone),
            queues={queue.id: queue.queue() for queue in self.queues},
            counters={c.id: CounterPlan(c.id, c.name.name(), tuple(c.queues)) for c in self.counters},
            classes={item.id: PriorityClass(item.id, item.name.name(), item.minutes) for item in self.classes},
            rules=Rules(**self.rules.model_dump()),
        )


class ConnectionPlan(Plan):
    """To another system. What its settings may say is that system's own."""

    id: Slug
    system: Slug
    branches: list[Slug] = []  # none named: all
    settings: dict[str, Any] = {}


class SetupPlan(Plan):
    branches: Annotated[list[BranchPlan], Field(min_length=1)]
    connections: list[ConnectionPlan] = []

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        branches = [branch.id for branch in self.branches]
        for what, ids in (("branch", branches), ("connection", [connection.id for connection in self.connections])):
            if twice := next((item for item in ids if ids.count(item) > 1), None):
                raise ValueError(f"expected each {what} once, but “{twice}” stands twice")
        for connection in self.connections:
            if unknown := next((branch for branch in connection.branches if branch not in branches), None):
                raise ValueError(f"connection “{connection.id}” names “{unknown}”, which is not among the branches")
        return self
