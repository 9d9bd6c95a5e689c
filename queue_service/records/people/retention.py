"""What was kept long enough is erased: once a day for all processes, with a report of how much it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from queue_service.database import Database
from queue_service.domain.asking import RETENTION_DAYS, Field
from queue_service.domain.branches import CASE_DAYS, Branch
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.branches import Branches
from queue_service.records.cases.cases import branches_with_cases, erase_cases
from queue_service.records.complaints.words import erase_words
from queue_service.records.identity_checks import CHECKS_KEPT, forget_checks
from queue_service.records.outreach.retention import erase_due, offices_with_people
from queue_service.records.people.people import DIGESTED
from queue_service.records.people.tables import people, retention_runs


@dataclass(frozen=True, slots=True)
class Erased:
    """At a branch, of a field: what was older than `until`, the last day that was erased."""

    branch: str
    field: str
    until: date
    rows: int
    left: int


@dataclass(frozen=True, slots=True)
class Run:
    day: date
    at: datetime
    erased: list[Erased]


class Retention:
    def __init__(self, database: Database, branches: Branches, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._branches = branches
        self._clock = clock
        self._done: date | None = None

    async def run(self) -> Run | None:
        """None where that of today was done already. Raises Unavailable."""
        now = self._clock()
        plans = self._branches.all
        if not plans:
            return None
        today = min(plan.day_of(now) for plan in plans.values())  # begun everywhere
        if self._done == today or await self._database.read(lambda connection: _is_done(connection, today)):
            self._done = today
            return None
        try:
            run = await self._database.write(lambda connection: _run(connection, plans, today, now))
        except IntegrityError:  # another process has just done it
            return None
        self._done = today
        return run


def _is_done(connection: Connection, day: date) -> bool:
    return connection.execute(select(retention_runs.c.day).where(retention_runs.c.day == day)).first() is not None


def _run(connection: Connection, plans: Mapping[str, Branch], today: date, now: datetime) -> Run:
    """The row of the day and what it tells of are written together: neither twice, nor one without the other."""
    connection.execute(insert(retention_runs).values(day=today, at_ms=to_ms(now), report="[]"))
    known = set(connection.execute(select(people.c.branch).distinct()).scalars()) | offices_with_people(connection)
    erased = [
        erased
        for branch in sorted(known)
        for asked, days in (plans[branch].retention_days if branch in plans else RETENTION_DAYS).items()
        for erased in _erase(connection, branch, asked, today - timedelta(days=days))
    ]
    erased += [_erase_cases(connection, branch, plans.get(branch), today) for branch in branches_with_cases(connection)]
    forget_checks(connection, now - CHECKS_KEPT)
    erased += [Erased(one[0], f"complaint {one[1]}", *one[2:]) for one in erase_words(connection, plans, today)]
    report = json.dumps([_plain(one) for one in erased])
    connection.execute(update(retention_runs).where(retention_runs.c.day == today).values(report=report))
    return Run(today, now, erased)


def _erase(connection: Connection, branch: str, asked: Field, until: date) -> Iterator[Erased]:
    """Of who had tickets; at an office that takes requests for visits, of those too."""
    column = people.c[asked.value]
    columns = [asked.value, *([f"{asked}_digest"] if asked in DIGESTED else [])]
    is_there = and_(people.c.branch == branch, column.is_not(None))
    is_due = and_(is_there, people.c.day <= until)
    rows = connection.execute(update(people).where(is_due).values(dict.fromkeys(columns))).rowcount
    left = connection.execute(select(func.count()).select_from(people).where(is_there)).scalar_one()
    yield Erased(branch, asked.value, until, rows, left)
    if (of_requests := erase_due(connection, branch, asked, until)) is not None:
        yield Erased(branch, f"{asked.value} (requests)", until, *of_requests)


def _erase_cases(connection: Connection, branch: str, plan: Branch | None, today: date) -> Erased:
    until = today - timedelta(days=plan.case_days if plan else CASE_DAYS)
    midnight = datetime.combine(until + timedelta(days=1), time(), plan.timezone if plan else UTC)
    return Erased(branch, "case", until, *erase_cases(connection, branch, midnight))


def _plain(erased: Erased) -> dict[str, Any]:
    return {**{name: getattr(erased, name) for name in Erased.__slots__}, "until": erased.until.isoformat()}


def read_runs(connection: Connection, limit: int = 30) -> Iterator[Run]:
    """The newest first."""
    for row in connection.execute(select(retention_runs).order_by(retention_runs.c.day.desc()).limit(limit)):
        erased = [Erased(**{**one, "until": date.fromisoformat(one["until"])}) for one in json.loads(row.report)]
        yield Run(row.day, from_ms(row.at_ms), erased)
