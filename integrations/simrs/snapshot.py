"""From rows, as a driver hands them over, to what they say. Pure, and lenient: blanks and dashes are everyday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from integrations.simrs.moments import doubt, read_day_and_time, read_moment

Row = tuple[Any, ...]


class Unreadable(Exception):
    """Of one row: the others go on. The sentence names no person."""


class Stage(Enum):
    """What the status of a registration means for a queue."""

    WAITING = "waiting"
    RECEIVED = "received"
    OVER = "over"
    CANCELLED = "cancelled"


STAGES: Mapping[str, Stage] = {
    "belum": Stage.WAITING,
    "berkas diterima": Stage.RECEIVED,
    "sudah": Stage.OVER,
    "dirujuk": Stage.OVER,
    "dirawat": Stage.OVER,
    "meninggal": Stage.OVER,
    "pulang paksa": Stage.OVER,
    "batal": Stage.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """What was seen at one time, by what names a row. The rows are their own fingerprints: equal ones say the same."""

    visits: Mapping[str, Row] = field(default_factory=dict)
    prescriptions: Mapping[str, Row] = field(default_factory=dict)
    calls: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    pharmacy_calls: Mapping[tuple[str, ...], Row] = field(default_factory=dict)
    numbers: Mapping[tuple[str, ...], Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """A registration. `received_at`: its record file, in the clinic; `examined_at`: the first notes."""

    id: str
    number: int | None
    clinic: str
    doctor: str
    record: str
    stage: Stage
    registered_at: datetime | None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    examined_at: datetime | None = None
    code: str = ""  # of its booking with the insurance
    is_new: bool = False  # whoever comes was never here before
    encounter: str = ""  # that the SIMRS has sent to SATUSEHAT


@dataclass(frozen=True, slots=True)
class Prescription:
    id: str
    visit: str
    written_at: datetime | None
    validated_at: datetime | None
    handed_at: datetime | None
    is_compounded: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number before registration."""

    number: int
    kind: str
    drawn_at: datetime | None
    called_at: datetime | None
    desk: str
    is_done: bool
    visit: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """`number` and `at` as the SIMRS has given them."""

    record: str
    clinic: str
    doctor: str
    number: int | None
    at: datetime | None
    is_open: bool  # not checked in, not cancelled
    is_withdrawn: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Birth:
    """`mother`: her registration, `record` her number. `is_bereaved`: she or the child has died."""

    mother: str
    record: str
    is_bereaved: bool


def word(value: object) -> str:
    """Of a code or a status: a dash means none, and blanks are nothing."""
    text = "" if value is None else str(value).strip()
    return "" if text == "-" else text


def read_number(value: object) -> int | None:
    text = word(value)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 100_000 else None


def read_visit(row: Row, zone: ZoneInfo) -> Visit | None:
    """None where it is no outpatient's. Raises Unreadable."""
    visit, number, day, at, doctor, record, clinic, status, care, since, *rest = row
    sent, received, noted, code, new, encounter = rest
    if word(care).casefold() != "ralan":
        return None
    stage = STAGES.get(word(status).casefold())
    if stage is None:
        raise Unreadable(f"The registration {visit} has the status “{word(status)}”, which is not known.")
    return Visit(
        word(visit),
        read_number(number),
        word(clinic),
        word(doctor),
        word(record),
        stage,
        read_day_and_time(day, at, zone),
        read_moment(sent, zone),
        read_moment(received, zone),
        read_moment(noted, zone),
        word(code),
        word(new) == "1" if word(code) else word(since).casefold() == "baru",
        word(encounter),
    )


def believed(visit: Visit, now: datetime) -> tuple[Visit, list[str]]:
    """Without the moments that cannot be true; and why. What is left out is not made up by another."""
    reasons: list[str] = []
    kept: dict[str, Any] = {}
    for name in ("registered_at", "sent_at", "received_at", "examined_at"):
        kept[name] = moment = getattr(visit, name)
        registered = None if name == "registered_at" else kept["registered_at"]
        if moment is not None and (reason := doubt(moment, registered, now)):
            reasons.append(f"{visit.id}: {name.removesuffix('_at')}: {reason}")
            kept[name] = None
    return (replace(visit, **kept), reasons) if reasons else (visit, reasons)


def read_prescription(row: Row, zone: ZoneInfo) -> Prescription | None:
    """None where it is not an outpatient's."""
    id_, visit, status, *moments, compounds = row
    if word(status).casefold() != "ralan":
        return None
    written, validated, handed = (read_day_and_time(moments[n], moments[n + 1], zone) for n in (0, 2, 4))
    return Prescription(word(id_), word(visit), written, validated, handed, bool(compounds))


def read_drawn(row: Row, zone: ZoneInfo) -> Drawn:
    """Raises Unreadable."""
    text, kind, day, drawn, called, status, desk, visit = row
    number = read_number("".join(c for c in word(text) if c.isdigit()))
    if number is None:
        raise Unreadable(f"The number “{word(text)}” before registration cannot be read.")
    drawn_at, called_at = (read_moment(at, zone) or read_day_and_time(day, at, zone) for at in (drawn, called))
    if drawn_at and called_at and called_at < drawn_at:
        called_at = None  # midnight stands for “not yet”
    return Drawn(number, word(kind), drawn_at, called_at, word(desk), word(status) == "3", word(visit))


def read_booking(row: Row, zone: ZoneInfo) -> Booking:
    record, clinic, doctor, number, at, status, code = row
    state = word(status).casefold()
    is_withdrawn = state in ("batal", "dokter berhalangan")
    moment = read_moment(at, zone)
    return Booking(
        word(record),
        word(clinic),
        word(doctor),
        read_number(number),
        moment,
        state == "belum",
        is_withdrawn,
        word(code),
    )


def read_birth(row: Row) -> Birth:
    mother, record, status, died = row
    return Birth(word(mother), word(record), bool(word(died)) or word(status).casefold() == "meninggal")
