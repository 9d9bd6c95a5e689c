"""A recording: which tickets were issued and called when, read from a CSV as `docs/replay.md` describes it."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from queue_service.faults import Fault

COLUMNS = ("queue", "number", "issued", "called")
BRANCH = "replay"  # for recordings that name none
LONGEST_NUMBER = 40
_FAULTS_SHOWN = 10
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class RecordingRefused(Fault):
    """The sentences name the line, and what was expected there."""


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """One queue of one branch."""

    branch: str
    queue: str

    def __str__(self) -> str:
        return f"{self.branch}/{self.queue}"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One ticket. `called` None: it never came up."""

    lane: Lane
    number: str
    issued: datetime
    called: datetime | None

    @property
    def day(self) -> date:
        return self.issued.date()


def read_recording(path: Path) -> list[Recorded]:
    """In the file's order; plain or gzipped. Raises RecordingRefused."""
    try:
        with open_text(path) as file:
            return list(_checked(csv.DictReader(file), str(path)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecordingRefused(f"{path}: cannot be read ({error}).") from error


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield file


def write_recording(recorded: Iterable[Recorded], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("branch", *COLUMNS))
    for one in recorded:
        called = one.called.isoformat() if one.called else ""
        writer.writerow((one.lane.branch, one.lane.queue, one.number, one.issued.isoformat(), called))


def _checked(rows: csv.DictReader[str], origin: str) -> Iterator[Recorded]:
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise RecordingRefused(f"{origin}, line 1: expected the columns {', '.join(COLUMNS)}; {missing[0]} is missing.")
    faults: list[str] = []
    first_lines: dict[tuple[Lane, date, str], int] = {}
    for row in rows:
        line = rows.line_num
        try:
            one = _read(row)
            before = first_lines.setdefault((one.lane, one.day, one.number), line)
            if before != line:
                raise ValueError(f"number {one.number} of {one.lane} stands in line {before} already")
        except ValueError as error:
            faults.append(f"{origin}, line {line}: {error}.")
            continue
        if not faults:
            yield one
    if not first_lines and not faults:
        faults = [f"{origin}: holds no tickets."]
    _raise(faults)


def _raise(faults: Sequence[str]) -> None:
    if faults:
        more = len(faults) - _FAULTS_SHOWN
        shown = [*faults[:_FAULTS_SHOWN], f"… and {more} more such lines."] if more > 0 else faults
        raise RecordingRefused("\n".join(shown))


def _read(row: dict[str, str | None]) -> Recorded:
    """Raises ValueError with what was expected."""
    lane = Lane(_slug("branch", row.get("branch") or BRANCH), _slug("queue", row["queue"] or ""))
    number = (row["number"] or "").strip()
    if not 0 < len(number) <= LONGEST_NUMBER:
        raise ValueError(f"number: expected 1 to {LONGEST_NUMBER} characters")
    issued = _moment("issued", row["issued"] or "")
    called = _moment("called", row["called"] or "") if row["called"] else None
    if called is not None and called < issued:
        raise ValueError("called: expected a time that is not before the ticket was issued")
    return Recorded(lane, number, issued, called)


def _slug(column: str, value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(f"{column}: expected small letters, digits and hyphens, such as poli-anak, not “{value}”")
    return value


def _moment(column: str, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or len(value) < len("2026-03-02T08:14"):
        raise ValueError(f"{column}: expected a local time such as 2026-03-02T08:14:30, not “{value}”")
    return moment
