"""The shape of calendars and opening hours in a set-up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from queue_service.domain.calendars import Hours, Season, Span, SpecialDay
from queue_service.domain.names import Name
from queue_service.records.misfits import SPELLING_SENTENCES, Unfit, spelt

Slug = Annotated[str, spelt(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", SPELLING_SENTENCES["slug"])]
Text = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
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
            raise Unfit("expected “from” to be earlier than “to”")
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
            raise Unfit("expected “from” not to be later than “to”")
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
