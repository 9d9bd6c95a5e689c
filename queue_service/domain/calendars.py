"""When a queue is open: the ordinary week, and the days and weeks that are not ordinary. All times are the branch's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from queue_service.domain.names import Name

FURTHEST_DAYS = 366  # a queue that does not open within a year is not waited for


@dataclass(frozen=True, order=True)
class Span:
    """Open from one time of a day to another; a break is the gap between two."""

    opens: time
    closes: time

    def covers(self, moment: time) -> bool:
        return self.opens <= moment < self.closes


@dataclass(frozen=True)
class Hours:
    """One span on some weekdays (Monday is 1)."""

    days: frozenset[int]
    opens: time
    closes: time

    @property
    def span(self) -> Span:
        return Span(self.opens, self.closes)


@dataclass(frozen=True)
class Season:
    """Days, the last one included, on which other hours hold: Ramadan's, say."""

    name: Name
    first: date
    last: date
    hours: tuple[Hours, ...]

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class SpecialDay:
    """A day that goes by no week: without spans nobody is served, as on a holiday."""

    name: Name
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """`hours` empty: open at all times, on every day that is not special."""

    hours: tuple[Hours, ...] = ()
    seasons: tuple[Season, ...] = ()
    special: Mapping[date, SpecialDay] = field(default_factory=dict)

    @property
    def is_always_open(self) -> bool:
        return not (self.hours or self.seasons or self.special)

    def spans(self, day: date) -> tuple[Span, ...] | None:
        """Of one day, in order; None: all day long."""
        if day in self.special:
            return tuple(sorted(self.special[day].spans))
        season = self.season(day)
        hours = self.hours if season is None else season.hours
        return _on(day, hours) if hours else None

    def season(self, day: date) -> Season | None:
        """The first that is listed for the day."""
        return next((season for season in self.seasons if season.covers(day)), None)

    def name_of(self, day: date) -> Name | None:
        """What makes this day different from others."""
        if day in self.special:
            return self.special[day].name
        season = self.season(day)
        return None if season is None else season.name

    def is_open_at(self, local: datetime) -> bool:
        spans = self.spans(local.date())
        return spans is None or any(span.covers(local.time()) for span in spans)

    def closes_on(self, day: date) -> time | None:
        """The last moment of service; None where the day has no end or no service."""
        return max((span.closes for span in self.spans(day) or ()), default=None)

    def opens_next(self, local: datetime) -> datetime | None:
        """When service next begins after this moment, as a local time without its zone; None: not within a year, or it
        never ends."""
        for day in _days_from(local.date()):
            spans = self.spans(day)
            if spans is None:
                return None if day == local.date() else datetime.combine(day, time())
            begin = next((span.opens for span in spans if day > local.date() or span.opens > local.time()), None)
            if begin is not None:
                return datetime.combine(day, begin)
        return None


def _on(day: date, hours: Iterable[Hours]) -> tuple[Span, ...]:
    return tuple(sorted(span.span for span in hours if day.isoweekday() in span.days))


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range(FURTHEST_DAYS))


ALWAYS = Calendar()
