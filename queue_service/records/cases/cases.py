"""Where each paper is: one row for each, and every step that it took."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy import case as sa_case
from sqlalchemy.exc import IntegrityError

from queue_service.database import Database, Unavailable
from queue_service.domain.cases import (
    CHECK_ALPHABET,
    CHECK_LENGTH,
    Case,
    Outcome,
    Stage,
    Step,
    advance,
    number_of,
)
from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.cases.tables import case_steps, cases
from queue_service.redaction import redacted

OPENED, SET = "case.opened", "case.set"
MOST_SHOWN = 200
T = TypeVar("T")

_TRIES = 5  # each time another may have been quicker
_NAMED_AT_ONCE = 500  # numbers in one query


@dataclass(frozen=True, slots=True)
class Opening:
    """`label` empty: by hand."""

    branch: str
    service: str
    day: date
    label: str
    at: datetime
    due: datetime | None = None
    stage: Stage = Stage.RECORDED


@dataclass(frozen=True, slots=True)
class TakenStep:
    stage: Stage
    at: datetime
    by: str
    reason: str


class Cases:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def get(self, number: str) -> Case:
        """Raises NotFound."""
        found = await self.database.read(partial(_read, where=cases.c.number == number))
        if not found:
            raise NotFound("There is no such request number.")
        return found[0]

    async def of_ticket(self, branch: str, day: date, label: str) -> dict[str, Case]:
        """By their services: a visit may begin several papers."""
        of_ticket = and_(cases.c.branch == branch, cases.c.day == day, cases.c.label == label)
        return {case.service: case for case in await self.database.read(partial(_read, where=of_ticket))}

    async def of_day(self, branch: str, day: date) -> dict[tuple[str, str], Case]:
        """By the labels of their tickets, and their services."""
        of_day = and_(cases.c.branch == branch, cases.c.day == day, cases.c.label.is_not(None))
        return {(case.label, case.service): case for case in await self.database.read(partial(_read, where=of_day))}

    async def steps_of(self, number: str) -> list[TakenStep]:
        def read(connection: Connection) -> list[TakenStep]:
            rows = connection.execute(
                select(case_steps).where(case_steps.c.number == number).order_by(case_steps.c.step)
            )
            return [TakenStep(Stage(row.stage), from_ms(row.at_ms), row.by, row.reason) for row in rows]

        return await self.database.read(read)

    async def of_branch(self, branch: str, stage: Stage | None, label: str = "") -> list[Case]:
        """At most as many as a page shows: problems first, then what is due first; what is over last."""
        wanted = [cases.c.branch == branch]
        if stage is not None:
            wanted.append(cases.c.stage == stage)
        elif not label:
            wanted.append(cases.c.stage != Stage.HANDED_OVER)
        if label:
            wanted.append(or_(cases.c.label == label, cases.c.number == label))
        return await self.database.read(partial(_read, where=and_(*wanted), limit=MOST_SHOWN))

    async def counts(self, branch: str) -> dict[Stage, int]:
        def read(connection: Connection) -> dict[Stage, int]:
            by_stage = select(cases.c.stage, func.count()).where(cases.c.branch == branch).group_by(cases.c.stage)
            return {Stage(stage): count for stage, count in connection.execute(by_stage)}

        return await self.database.read(read)

    async def open(self, opening: Opening, by: str, drawn: bytes = b"") -> Case:
        """The one of this ticket and service, also where there is one already. `drawn`: what its check part is made
        from, where the same wish may come again."""

        def work(connection: Connection) -> Case:
            opened = open_case(connection, opening, by, opening.at, drawn=drawn)
            if not opening.label and opened.opened_at == opening.at:
                note(connection, Deed(by, OPENED, opened.number, opening.branch), opening.at)
            return opened

        return await self._write(work)

    async def step(self, branch: str, number: str, step: Step, by: str, now: datetime) -> tuple[Case, Outcome]:
        """By hand. Raises NotFound, also for a case of another branch."""
        step = replace(step, reason=redacted(step.reason))

        def work(connection: Connection) -> tuple[Case, Outcome]:
            of_it = and_(cases.c.number == number, cases.c.branch == branch)
            found = _read(connection, of_it, for_update=True)
            if not found:
                raise NotFound("There is no such request number.")
            after, outcome = advance(found[0], step)
            write_steps(connection, [(found[0], after)], by, now)
            if outcome is Outcome.TAKEN:
                note(connection, Deed(by, SET, number, branch, {"stage": step.stage.value}), now)
            return after, outcome

        return await self._write(work)

    async def follow(self, steps: Iterable[tuple[Opening, Sequence[Stage]]], by: str, now: datetime) -> dict[str, int]:
        """What tickets have done so far: each case is made where there is none, and takes the steps that are new to it.
        Answers how many each has by now, by label."""

        def work(connection: Connection) -> dict[str, int]:
            return {opening.label: _follow(connection, opening, reached, by, now) for opening, reached in steps}

        return await self._write(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        for _ in range(_TRIES):
            try:
                return await self.database.write(work)
            except IntegrityError:  # another was quicker: then it is there to be read
                continue
        raise Unavailable("Too many others write the same.")


def _follow(connection: Connection, opening: Opening, reached: Sequence[Stage], by: str, now: datetime) -> int:
    case = open_case(connection, replace(opening, stage=reached[0]), by, now, visited=1)
    for stage in reached[case.visited :]:
        after, _ = advance(case, Step(stage, now))
        after = replace(after, visited=case.visited + 1)
        write_steps(connection, [(case, after)], by, now)
        case = after
    return case.visited


def open_case(
    connection: Connection, opening: Opening, by: str, now: datetime, *, visited: int = 0, drawn: bytes = b""
) -> Case:
    if opening.label:
        of_ticket = and_(cases.c.branch == opening.branch, cases.c.day == opening.day, cases.c.label == opening.label)
        of_service = and_(of_ticket, cases.c.service == opening.service)
        if found := _read(connection, of_service, for_update=True):
            return found[0]
    chance = (drawn or secrets.token_bytes(CHECK_LENGTH))[:CHECK_LENGTH]
    number = number_of(opening.day, opening.label, "".join(CHECK_ALPHABET[byte % 32] for byte in chance))
    if drawn and (found := _read(connection, cases.c.number == number)):
        return found[0]
    case = Case(
        number,
        opening.branch,
        opening.service,
        opening.day,
        opening.label,
        opening.at,
        opening.due,
        opening.stage,
        now,
        now,
        visited=visited,
    )
    connection.execute(insert(cases).values(number=case.number, **_columns(case), **_fixed(case)))
    _write_history(connection, [case], by, now)
    return case


def read_named(connection: Connection, branch: str, numbers: Sequence[str]) -> Mapping[str, Case]:
    """Those of this branch, held until the transaction ends."""
    found: dict[str, Case] = {}
    for begin in range(0, len(numbers), _NAMED_AT_ONCE):
        named = and_(cases.c.branch == branch, cases.c.number.in_(numbers[begin : begin + _NAMED_AT_ONCE]))
        found |= {case.number: case for case in _read(connection, named, for_update=True)}
    return found


def write_steps(connection: Connection, steps: Sequence[tuple[Case, Case]], by: str, now: datetime) -> None:
    """From what each case was to what it is."""
    rows = [{"known": after.number, **_columns(after)} for _, after in steps]
    if rows:
        connection.execute(update(cases).where(cases.c.number == bindparam("known")), rows)
    _write_history(connection, [after for before, after in steps if after.steps > before.steps], by, now)


def _write_history(connection: Connection, steps: Sequence[Case], by: str, now: datetime) -> None:
    rows = [
        {
            "number": case.number,
            "step": case.steps,
            "stage": case.stage,
            "at_ms": to_ms(case.stage_at),
            "noted_ms": to_ms(now),
            "by": by,
            "reason": case.reason,
        }
        for case in steps
    ]
    if rows:
        connection.execute(insert(case_steps), rows)


def branches_with_cases(connection: Connection) -> list[str]:
    return list(connection.execute(select(cases.c.branch).distinct().order_by(cases.c.branch)).scalars())


def erase_cases(connection: Connection, branch: str, until: datetime) -> tuple[int, int]:
    """Those whose last step was before; how many, and how many are left."""
    is_due = and_(cases.c.branch == branch, cases.c.told_ms < to_ms(until))
    due = select(cases.c.number).where(is_due)
    connection.execute(delete(case_steps).where(case_steps.c.number.in_(due)))
    rows = connection.execute(delete(cases).where(is_due)).rowcount
    left = connection.execute(select(func.count()).select_from(cases).where(cases.c.branch == branch)).scalar_one()
    return rows, left


def _read(connection: Connection, where: Any, *, limit: int | None = None, for_update: bool = False) -> list[Case]:
    urgency = sa_case((cases.c.stage == Stage.PROBLEM, 0), (cases.c.stage == Stage.HANDED_OVER, 2), else_=1)
    due = func.coalesce(cases.c.due_ms, cases.c.opened_ms + 10**12)
    found = select(cases).where(where).order_by(urgency, due, cases.c.number).limit(limit)
    return [_case_of(row) for row in connection.execute(found.with_for_update() if for_update else found)]


def _case_of(row: Row[Any]) -> Case:
    return Case(
        row.number,
        row.branch,
        row.service,
        row.day,
        row.label or "",
        from_ms(row.opened_ms),
        None if row.due_ms is None else from_ms(row.due_ms),
        Stage(row.stage),
        from_ms(row.stage_ms),
        from_ms(row.told_ms),
        row.reason,
        row.steps,
        row.visited,
    )


def _columns(case: Case) -> dict[str, Any]:
    return {
        "stage": case.stage,
        "stage_ms": to_ms(case.stage_at),
        "told_ms": to_ms(case.told_at),
        "reason": case.reason,
        "steps": case.steps,
        "visited": case.visited,
    }


def _fixed(case: Case) -> dict[str, Any]:
    return {
        "branch": case.branch,
        "service": case.service,
        "day": case.day,
        "label": case.label or None,
        "opened_ms": to_ms(case.opened_at),
        "due_ms": None if case.due is None else to_ms(case.due),
    }
