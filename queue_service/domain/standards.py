"""What an agency publishes of a service before anybody travels for it, and the time that it promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from queue_service.domain.calendars import FURTHEST_DAYS, Calendar
from queue_service.domain.names import Name


class Unit(StrEnum):
    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"  # of service, the day of the request not counted


@dataclass(frozen=True, slots=True)
class Promise:
    """How long a service takes, from the moment in which its first counter begins."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    def due(self, begins: datetime, timezone: ZoneInfo, calendar: Calendar) -> datetime:
        if self.unit is Unit.MINUTES:
            return begins + timedelta(minutes=self.amount)
        if self.unit is Unit.HOURS:
            return begins + timedelta(hours=self.amount)
        day, left = begins.astimezone(timezone).date(), self.amount
        for _ in range(FURTHEST_DAYS):
            day += timedelta(days=1)
            left -= calendar.spans(day) != ()
            if not left:
                break
        return _end_of_service(calendar, day, timezone)


def _end_of_service(calendar: Calendar, day: date, timezone: ZoneInfo) -> datetime:
    """The last minute of a day without hours: its midnight would be read as the next day."""
    closes = calendar.closes_on(day) or time(23, 59)
    return datetime.combine(day, closes, timezone).astimezone(UTC)


def read_promise(text: str) -> Promise:
    """As `str` writes one."""
    return Promise(int(text[:-1]), Unit(text[-1]))


@dataclass(frozen=True, slots=True)
class Decree:
    """By which the standard was set. `first` and `last`: the days on which it holds, as far as it says."""

    number: str
    version: str = ""
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Standard:
    """The six fields that are published, and the decree. What is empty was not said."""

    requirements: tuple[Name, ...] = ()
    steps: tuple[Name, ...] = ()
    promise: Promise | None = None
    fee: Name | None = None
    product: Name | None = None
    complaints: Name | None = None
    decree: Decree | None = None
