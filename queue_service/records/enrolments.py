"""Patients whom another system has introduced before their first visit. Who they are is kept as digests only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from queue_service.domain.events import to_ms
from queue_service.records.tables import enrolments

KEPT = timedelta(days=90)


def find_record(connection: Connection, name: str, digests: Sequence[str]) -> str | None:
    """The number that they were given. `digests`: of one person, by each key that is in use."""
    here = select(enrolments.c.record).where(enrolments.c.connection == name, enrolments.c.digest.in_(list(digests)))
    return connection.execute(here).scalars().first()


def enrol(connection: Connection, name: str, digest: str, record: str, now: datetime) -> None:
    """Raises IntegrityError where somebody was quicker."""
    connection.execute(delete(enrolments).where(enrolments.c.at_ms < to_ms(now - KEPT)))
    row = {"connection": name, "digest": digest, "record": record, "at_ms": to_ms(now)}
    connection.execute(insert(enrolments).values(row))
