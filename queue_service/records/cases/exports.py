"""An office's export, `request_no; service; stage; updated_at`: from a file's bytes to rows, or what is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from queue_service.domain.cases import Stage, read_number
from queue_service.domain.errors import Invalid

LARGEST_FILE = 4 * 1024 * 1024
MOST_ROWS = 50_000
LONGEST_CELL = 300
AHEAD = timedelta(minutes=10)  # by which the office's clock may be wrong
COLUMNS = ("request_no", "service", "stage", "updated_at")
_SEPARATORS = (";", ",", "\t")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?")

# What an office calls a stage, beside our own words.
STAGES: Mapping[str, Stage] = {
    **{stage.value: stage for stage in Stage},
    "ready to print": Stage.READY_TO_PRINT,
    "ready for pick-up": Stage.READY,
    "handed over": Stage.HANDED_OVER,
    "terekam": Stage.RECORDED,
    "diterima": Stage.RECORDED,
    "permohonan dicatat": Stage.RECORDED,
    "terverifikasi": Stage.VERIFIED,
    "penunggalan": Stage.ADJUDICATED,
    "lulus penunggalan": Stage.ADJUDICATED,
    "siap cetak": Stage.READY_TO_PRINT,
    "tercetak": Stage.PRINTED,
    "dicetak": Stage.PRINTED,
    "siap diambil": Stage.READY,
    "diserahkan": Stage.HANDED_OVER,
    "sudah diambil": Stage.HANDED_OVER,
    "kendala": Stage.PROBLEM,
    "bermasalah": Stage.PROBLEM,
}

# Nothing of a row is said again: a NIK may stand where the number should.
ROW_SENTENCES = {
    "short": "it has fewer than four columns",
    "long": "a cell is longer than {most} characters",
    "number": "the first column holds no request number of ours",
    "nik": "a NIK stands where the request number belongs: it is not read",
    "unknown": "no paper of this branch has this request number",
    "service": "the request number is of another service",
    "stage": "the stage is none that is known here",
    "reason": "a problem needs its reason, as “problem: the reason”",
    "moment": "the last column is no date with a time",
    "future": "its time is still to come: is a clock wrong?",
}


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    number: str
    service: str
    stage: Stage
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bad:
    """`why`: one of ROW_SENTENCES."""

    line: int
    why: str


def read_export(content: bytes, timezone: ZoneInfo, now: datetime) -> Iterator[Row | Bad]:
    """Raises Invalid for what is no such file at all."""
    lines = _lines(_text(content))
    header = next(lines, (0, []))[1]
    places = _places(header)
    for count, (line, cells) in enumerate(lines):
        if count >= MOST_ROWS:
            raise Invalid("The file has more than {most} rows.", most=MOST_ROWS)
        if any(cell.strip() for cell in cells):
            yield _read(line, cells, places, timezone, now)


def _text(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise Invalid("The file is larger than {most} megabytes.", most=LARGEST_FILE >> 20)
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Invalid("The file is no text: save it as CSV.")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Raises Invalid. Each with the number of its line in the file."""
    begin = text[:1000].splitlines()[:1]
    separator = max(_SEPARATORS, key=(begin[0] if begin else "").count)
    reader = csv.reader(text.splitlines(), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        raise Invalid("Line {line} cannot be read: is a quotation mark left open?", line=reader.line_num) from None


def _places(header: Sequence[str]) -> dict[str, int]:
    named = [name.strip().lower().replace(" ", "_") for name in header]
    if missing := [name for name in COLUMNS if name not in named]:
        raise Invalid(
            "The first line names the columns {columns}; “{missing}” is missing.",
            columns="; ".join(COLUMNS),
            missing=missing[0],
        )
    return {name: named.index(name) for name in COLUMNS}


def _read(line: int, cells: Sequence[str], places: Mapping[str, int], timezone: ZoneInfo, now: datetime) -> Row | Bad:
    if len(cells) <= max(places.values()):
        return Bad(line, "short")
    if any(len(cell) > LONGEST_CELL for cell in cells):
        return Bad(line, "long")
    written, service, stage, moment = (cells[places[name]].strip() for name in COLUMNS)
    number = read_number(written)
    if number is None:
        return Bad(
            line, "nik" if sum(c.isdigit() for c in written) == len(written.replace(" ", "")) == 16 else "number"
        )
    word, _, reason = (part.strip() for part in stage.partition(":"))
    known = STAGES.get(" ".join(word.lower().split()))
    if known is None:
        return Bad(line, "stage")
    if (known is Stage.PROBLEM) != bool(reason):
        return Bad(line, "reason" if known is Stage.PROBLEM else "stage")
    at = read_moment(moment, timezone)
    if at is None:
        return Bad(line, "moment")
    if at > now + AHEAD:
        return Bad(line, "future")
    return Row(line, number, service.lower(), known, reason, at)


def read_moment(text: str, timezone: ZoneInfo) -> datetime | None:
    """ISO, or day first as offices here write it; without an offset it is the branch's own time."""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, rest = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}T{_clock(rest.strip())}"
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _clock(text: str) -> str:
    if not text:
        return "00:00"
    found = _TIME.fullmatch(text)
    return f"{found[1]:0>2}:{found[2]}:{found[3] or '00'}" if found else "?"
