"""What BPJS knows of a hospital before anybody comes: clinics, doctors, schedules, cards."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).with_name("example.json")
DAYS = ("SENIN", "SELASA", "RABU", "KAMIS", "JUMAT", "SABTU", "MINGGU", "LIBUR NASIONAL")
HOLIDAY = 8

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Masters:
    """As example.json has it, which shows every field there is. `schedules` name their days of the week."""

    hospital: Record
    zone: str
    clinics: Sequence[Record]
    doctors: Sequence[Record]
    schedules: Sequence[Record]
    holidays: Sequence[str]
    fingerprint_clinics: Sequence[str]
    members: Sequence[Record]
    fktp_clinics: Sequence[Record]
    fktp_doctors: Sequence[Record]

    def weekday(self, day: date) -> int:
        return HOLIDAY if day.isoformat() in self.holidays else day.isoweekday()

    def schedule(self, clinic: str, day: date) -> Iterator[dict[str, Any]]:
        """`clinic`: the code of a subspecialty. On a holiday those of that weekday are off, but who also names 8."""
        hari = self.weekday(day)
        for each in self.schedules:
            if each["kodesubspesialis"] == clinic and day.isoweekday() in each["hari"]:
                names = next(one for one in self.clinics if one["kdsubspesialis"] == clinic)
                yield {
                    "kodepoli": names["kdpoli"],
                    "namapoli": names["nmpoli"],
                    "kodesubspesialis": clinic,
                    "namasubspesialis": names["nmsubspesialis"],
                    "kodedokter": each["kodedokter"],
                    "namadokter": self.doctor(each["kodedokter"]),
                    "hari": hari,
                    "namahari": DAYS[hari - 1],
                    "jadwal": each["jadwal"],
                    "kapasitaspasien": each["kapasitaspasien"],
                    "libur": int(hari == HOLIDAY and HOLIDAY not in each["hari"]),
                }

    def doctor(self, code: int) -> str:
        return next((str(each["namadokter"]) for each in self.doctors if each["kodedokter"] == code), "")

    def member(self, field: str, number: str) -> Record | None:
        return next((each for each in self.members if each[field] == number), None)


def read_masters(path: Path = EXAMPLE) -> Masters:
    return Masters(**json.loads(path.read_text(encoding="utf-8")))


def hours(text: str) -> str:
    """Blanks around the dash occur."""
    return "".join(text.split())
