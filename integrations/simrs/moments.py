"""When something happened, as these systems keep it: local wall clock, zero for “not yet”, now and then wrong. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST = timedelta(hours=24)  # between a registration and what is noted of it
NEAR = timedelta(minutes=5)
AHEAD = timedelta(seconds=5)
_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


def read_moment(value: object, zone: ZoneInfo) -> datetime | None:
    """A driver hands zero dates over as strings, and so on: whatever is no moment is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=zone).astimezone(UTC)


def read_day_and_time(day: object, at: object, zone: ZoneInfo) -> datetime | None:
    """In two columns; a `TIME` comes as what has passed since midnight."""
    read = _read_time(at)
    if isinstance(day, str):
        try:
            day = date.fromisoformat(day.strip())
        except ValueError:
            return None
    if not isinstance(day, date) or read is None:
        return None
    return datetime.combine(day, read, zone).astimezone(UTC)


def _read_time(value: object) -> time | None:
    if isinstance(value, time):
        return value
    if isinstance(value, timedelta):
        return (_MIDNIGHT + value).time() if timedelta(0) <= value < LONGEST else None
    if isinstance(value, str):
        try:
            return time.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def doubt(moment: datetime, registered: datetime | None, now: datetime) -> str | None:
    """Why this moment is not to be believed."""
    if moment > now + AHEAD:
        return _by_hours(moment - now) or "it is still to come"
    if registered is None:
        return None
    if moment < registered - NEAR:
        return _by_hours(registered - moment) or "it is before the registration"
    return "it is more than a day after the registration" if moment > registered + LONGEST else None


def doubt_of_clock(newest: datetime, now: datetime) -> str | None:
    """`newest`: when somebody was registered who was not there a moment ago."""
    told = _by_hours(abs(now - newest))
    return told and f"registrations come with a time that is {told} {'behind' if newest < now else 'ahead of'} ours"


def _by_hours(apart: timedelta) -> str | None:
    """Whole hours apart: the wrong time zone somewhere."""
    hours = round(apart / timedelta(hours=1))
    if hours == 0 or hours > 24 or abs(apart - timedelta(hours=hours)) > NEAR:
        return None
    return f"{hours} whole hour{'s' if hours > 1 else ''} off"
