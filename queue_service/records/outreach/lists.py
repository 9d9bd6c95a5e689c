"""A list of people in villages: which rows can be taken, and what is amiss in each of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, Refusal
from queue_service.domain.outreach import Outreach
from queue_service.domain.requesting import check_birth_year
from queue_service.domain.requests import MOST_PEOPLE, Asker, Need, Person
from queue_service.records.outreach.given import Contact, NewRequest, Who
from queue_service.records.people.given import read_digits, read_name, read_phone
from queue_service.regions import Regions, Village
from queue_service.regions.spelling import spoken

T = TypeVar("T")

NEEDED = ("desa_kode", "nama", "tahun_lahir", "kebutuhan", "kontak_pj")
MAYBE = ("nik", "layanan")
SOURCE = "import"

_NEED_WORDS: Mapping[Need, tuple[str, ...]] = {
    Need.LYING: ("lying", "lying down", "berbaring", "terbaring", "baring", "sakit", "tidak bisa bangun", "stroke"),
    Need.WHEELCHAIR: ("wheelchair", "kursi roda", "daksa", "tuna daksa"),
    Need.MENTAL: ("mental", "mental disorder", "odgj", "gangguan jiwa", "gangguan mental"),
    Need.DEAF: ("deaf", "tuli", "rungu", "tuna rungu", "bisu tuli"),
    Need.BLIND: ("blind", "buta", "netra", "tuna netra"),
    Need.OLDER: ("older", "older person", "lansia", "lanjut usia", "tua", "jompo"),
    Need.OTHER: ("other", "lain", "lainnya", "lain-lain", "disabilitas"),
}
_NEED_OF = {spoken(word): need for need, words in _NEED_WORDS.items() for word in words}
_NONE = frozenset({"", "-", "0", "tidak ada", "tidak", "none", "no"})
_PHONE = re.compile(r"\+?[0-9][0-9 ().\-]{6,20}[0-9]")
_BETWEEN = re.compile(r"[,;/|+&]|\bdan\b")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is amiss in a row: a sentence with its fields."""

    sentence: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BadRow:
    """`row`: as a spreadsheet counts them, the heads being the first."""

    row: int
    faults: tuple[Fault, ...]


def known_name(name: str) -> str:
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class GoodRow:
    row: int
    village: str
    person: Person
    who: Who
    contact: Contact

    @property
    def known_as(self) -> tuple[str, str, int | None]:
        """By which two rows are of one person."""
        return self.village, known_name(self.who.name), self.person.birth_year


@dataclass(frozen=True, slots=True)
class Checked:
    good: tuple[GoodRow, ...]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True)
class Wanted:
    """For whom a list is read. `service`: of rows that name none; `agrees`: those whose NIK stand in it, to their
    keeping; `known`: who is in an open request already, and in which."""

    office: Branch
    outreach: Outreach
    regions: Regions
    service: str
    agrees: bool
    now: datetime
    known: Mapping[tuple[str, str, int | None], str] = field(default_factory=dict)


def columns_of(head: Sequence[str]) -> dict[str, int]:
    """Where each column stands. Raises Invalid."""
    names = ["_".join(cell.casefold().split()) for cell in head]
    while names and not names[-1]:
        names.pop()
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Invalid(
            "The column {column} is missing; expected {columns}.", column=missing[0], columns=", ".join(NEEDED)
        )
    strange = [name for name in names if name not in (*NEEDED, *MAYBE)]
    if strange:
        raise Invalid("The column “{column}” is not known here.", column=strange[0][:40])
    if len(set(names)) < len(names):
        raise Invalid("A column stands twice.")
    return {name: place for place, name in enumerate(names)}


def check_rows(cells: Sequence[Sequence[str]], wanted: Wanted) -> Checked:
    """Raises Invalid where the heads are wrong, or nothing stands below them."""
    if not cells:
        raise Invalid("The file is empty.")
    columns = columns_of(cells[0])
    good: list[GoodRow] = []
    bad: list[BadRow] = []
    seen: dict[object, int] = {}
    for number, line in enumerate(cells[1:], 2):
        values = {name: line[place].strip() if place < len(line) else "" for name, place in columns.items()}
        if not any(values.values()):
            continue
        row = _read_row(number, values, wanted)
        if isinstance(row, GoodRow) and (fault := _met_before(row, seen, wanted)):
            row = BadRow(number, (fault,))
        if isinstance(row, GoodRow):
            good.append(row)
        else:
            bad.append(row)
    if not good and not bad:
        raise Invalid("Below its heads the list is empty.")
    return Checked(tuple(good), tuple(bad))


def _met_before(row: GoodRow, seen: dict[object, int], wanted: Wanted) -> Fault | None:
    if row.known_as in wanted.known:
        return _fault(Invalid("This person is in request {request} already.", request=wanted.known[row.known_as]))
    for mark in (row.known_as, row.who.nik):
        if mark and mark in seen:
            return _fault(Invalid("This person stands in row {row} already.", row=seen[mark]))
    seen |= {mark: row.row for mark in (row.known_as, row.who.nik) if mark}
    return None


def _read_row(number: int, values: Mapping[str, str], wanted: Wanted) -> GoodRow | BadRow:
    faults: list[Fault] = []
    village = _tried(faults, lambda: _village(values["desa_kode"], wanted))
    name = _tried(faults, lambda: _name(values["nama"]))
    year = _tried(faults, lambda: _year(values["tahun_lahir"], wanted.now))
    needs = _tried(faults, lambda: _needs(values["kebutuhan"]))
    nik = _tried(faults, lambda: _nik(values.get("nik", ""), wanted.agrees))
    service = _tried(faults, lambda: _service(values.get("layanan", ""), wanted))
    contact = _tried(faults, lambda: _contact(values["kontak_pj"], village))
    if faults:
        return BadRow(number, tuple(faults))
    assert village and name and needs is not None and nik is not None and service and contact
    return GoodRow(number, village.code, Person("", service, needs, year), Who(name, nik), contact)


def _tried(faults: list[Fault], read: Callable[[], T]) -> T | None:
    """A row may have more than one fault, and whoever mends it wants to know of all."""
    try:
        return read()
    except Refusal as refusal:
        faults.append(_fault(refusal))
        return None


def _fault(refusal: Refusal) -> Fault:
    return Fault(refusal.sentence, refusal.fields)


def _village(code: str, wanted: Wanted) -> Village:
    village = wanted.regions.find(code)
    if village is None or village.regency != wanted.outreach.regency:
        raise Invalid("desa_kode: “{code}” is no village of this regency.", code=code[:20])
    return village


def _name(text: str) -> str:
    name = read_name(text)
    if not any(letter.isalpha() for letter in name):
        raise Invalid("nama: expected a name.")
    return name


def _year(text: str, now: datetime) -> int | None:
    if not text:
        return None
    if len(text) != 4 or not text.isascii() or not text.isdigit():
        raise Invalid("tahun_lahir: expected a year of four digits.")
    check_birth_year(int(text), now)
    return int(text)


def _needs(text: str) -> tuple[Need, ...]:
    found = set()
    for word in _BETWEEN.split(text.casefold()):
        if word.strip() in _NONE:
            continue
        if (need := _NEED_OF.get(spoken(word))) is None:
            raise Invalid("kebutuhan: “{word}” is not known here.", word=word.strip()[:40])
        found.add(need)
    return tuple(need for need in Need if need in found)


def _nik(text: str, agrees: bool) -> str:
    if not text:
        return ""
    if not agrees:
        raise Invalid("nik: kept only where those whose it is agree; say so with the list.")
    return read_digits(text)


def _service(text: str, wanted: Wanted) -> str:
    if not text:
        return wanted.service
    for service in wanted.outreach.services.values():
        if spoken(text) in (spoken(service.id), spoken(service.name.id), spoken(service.name.en)):
            return service.id
    raise Invalid("layanan: “{service}” is not offered on the road.", service=text[:40])


def _contact(text: str, village: Village | None) -> Contact:
    """A name and a number in one cell, in whatever order."""
    found = _PHONE.search(text)
    if found is None:
        raise Invalid("kontak_pj: expected a name and a phone number.")
    phone = read_phone(found[0])
    name = read_name((text[: found.start()] + " " + text[found.end() :]).strip(" ,;:()/-"))
    return Contact(name or (village.full_name if village else "-"), phone)


def requests_of(rows: Sequence[GoodRow], wanted: Wanted) -> Iterator[NewRequest]:
    """One for each village and contact, and no more people in each than a request holds."""
    ordered = sorted(rows, key=lambda row: (row.village, row.contact.phone, row.contact.name, row.row))
    for (village, contact), group in groupby(ordered, key=lambda row: (row.village, row.contact)):
        people = list(group)
        for begin in range(0, len(people), MOST_PEOPLE):
            part = people[begin : begin + MOST_PEOPLE]
            yield NewRequest(
                wanted.office,
                Asker.VILLAGE,
                village,
                tuple(row.person for row in part),
                tuple(row.who for row in part),
                contact,
                SOURCE,
                wanted.agrees,
            )
