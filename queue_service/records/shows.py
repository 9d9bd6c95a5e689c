"""Attendance as it was, by closed day: what the expected-show rate of a queue is made from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, func, insert, select

from queue_service.domain.showing import Attendance
from queue_service.records.tables import attendance


def write_shows(connection: Connection, branch: str, day: date, counts: Mapping[str, Attendance]) -> None:
    """By queue. Raises IntegrityError where another has written them already."""
    rows = [
        {"branch": branch, "queue": queue, "day": day, "booked": seen.booked, "came": seen.came}
        for queue, seen in sorted(counts.items())
    ]
    if rows:
        connection.execute(insert(attendance), rows)


def days_with_shows(connection: Connection, branch: str, since: date) -> set[date]:
    days = select(attendance.c.day).distinct().where(attendance.c.branch == branch, attendance.c.day >= since)
    return set(connection.execute(days).scalars())


def read_shows(connection: Connection, branch: str, since: date) -> dict[str, Attendance]:
    """All days from then on together, by queue."""
    sums = (
        select(attendance.c.queue, func.sum(attendance.c.booked), func.sum(attendance.c.came))
        .where(attendance.c.branch == branch, attendance.c.day >= since)
        .group_by(attendance.c.queue)
    )
    return {queue: Attendance(int(booked), int(came)) for queue, booked, came in connection.execute(sums)}
