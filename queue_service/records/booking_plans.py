"""The shape of appointments, priority classes and draws in a set-up."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Self

from pydantic import Field, model_validator

from queue_service.domain.branches import BeforeDay, Booking, DrawPlan
from queue_service.records.calendar_plans import NamePlan, Plan, Slug
from queue_service.records.misfits import SPELLING_SENTENCES, Unfit, spelt

Before = Annotated[str, spelt(r"[1-9][0-9]{0,2}[dhm]", SPELLING_SENTENCES["before"])]


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


class ClassPlan(Plan):
    id: Slug
    name: NamePlan
    minutes: Annotated[int, Field(ge=0, le=24 * 60)]


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
            raise Unfit("expected “opens” before “closes”, and “closes” not after “drawn_at”")
        return self

    def draw(self) -> DrawPlan:
        return DrawPlan(self.quota, self.opens.before(), self.closes.before(), self.drawn_at.before())
