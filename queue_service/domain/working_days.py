"""What an office promises in working days, and which days these are at a branch."""

from __future__ import annotations

from datetime import date, timedelta

from queue_service.domain.branches import Branch
from queue_service.domain.calendars import FURTHEST_DAYS

_FRIDAY = 5


def due_on(branch: Branch, begin: date, days: int) -> date:
    """The last of so many working days after this one."""
    day, left = begin, days
    while left > 0 and (day - begin).days < FURTHEST_DAYS:
        day += timedelta(days=1)
        left -= is_working_day(branch, day)
    return day


def is_working_day(branch: Branch, day: date) -> bool:
    """Some queue with hours of its own, or its branch's, serves on it; where none has hours, Monday to Friday."""
    calendars = [queue.calendar for queue in branch.queues.values()]
    kept = [calendar for calendar in calendars if calendar.hours]
    if kept:
        return any(calendar.spans(day) != () for calendar in kept)
    return day.isoweekday() <= _FRIDAY and not any(calendar.spans(day) == () for calendar in calendars)
