"""An export into the cases: all of it or nothing, or what is right of it where whoever brings it wants that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queue_service.database import Database
from queue_service.domain.branches import Branch
from queue_service.domain.cases import Case, Outcome, Step, advance
from queue_service.records.audit import Deed, note
from queue_service.records.cases.cases import read_named, write_steps
from queue_service.records.cases.exports import Bad, Row, read_export
from queue_service.redaction import redacted

IMPORTED = "cases.imported"


@dataclass(frozen=True, slots=True)
class Imported:
    """`is_done` False: nothing was written, since rows are bad."""

    is_done: bool
    outcomes: Mapping[Outcome, int]
    bad: Sequence[Bad]


async def take_export(
    database: Database, branch: Branch, content: bytes, by: str, now: datetime, *, keep_good: bool = False
) -> Imported:
    """Raises Invalid, Unavailable; then nothing was written."""
    read = list(read_export(content, branch.timezone, now))
    return await database.write(lambda connection: _take(connection, branch.id, read, by, now, keep_good))


def _take(
    connection: Connection, branch: str, read: Iterable[Row | Bad], by: str, now: datetime, keep_good: bool
) -> Imported:
    rows = [row for row in read if isinstance(row, Row)]
    known = read_named(connection, branch, sorted({row.number for row in rows}))
    bad = [each if isinstance(each, Bad) else Bad(each.line, why) for each in read if (why := _why_bad(each, known))]
    if bad and not keep_good:
        return Imported(False, {}, bad)
    lines = {each.line for each in bad}
    outcomes: Counter[Outcome] = Counter()
    newest, steps = dict(known), list[tuple[Case, Case]]()
    for row in sorted((row for row in rows if row.line not in lines), key=lambda row: row.at):
        before = newest[row.number]
        newest[row.number], outcome = advance(before, Step(row.stage, row.at, redacted(row.reason)))
        outcomes[outcome] += 1
        if newest[row.number] != before:
            steps.append((before, newest[row.number]))
    write_steps(connection, steps, by, now)
    told: dict[str, str | int] = {"rows": len(rows) + sum(isinstance(each, Bad) for each in read), "bad": len(bad)}
    note(connection, Deed(by, IMPORTED, branch, branch, told | {name.value: n for name, n in outcomes.items()}), now)
    return Imported(True, outcomes, bad)


def _why_bad(each: Row | Bad, known: Mapping[str, Case]) -> str:
    if isinstance(each, Bad):
        return each.why
    case = known.get(each.number)
    if case is None:
        return "unknown"
    return "service" if each.service and each.service != case.service else ""
