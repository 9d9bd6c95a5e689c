"""The bodies of what is told to the insurer. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.visits import Word
from queue_service.domain.asking import Field

JKN, NON_JKN = "JKN", "NON JKN"
FIRST_REFERRAL, INTERNAL_REFERRAL, CONTROL, OTHER_HOSPITAL = range(1, 5)
_KINDS = {"K": CONTROL, "B": OTHER_HOSPITAL}
NOTHING = "-"  # for what one without insurance has no number of

ADVICE = "Harap datang sebelum waktu pelayanan dan membawa kartu identitas."
WITHDRAWN = "Dibatalkan oleh peserta."
PREPARED = "Resep diserahkan ke farmasi."

Json = dict[str, Any]
Values = Mapping[Field, str]


@dataclass(frozen=True, slots=True)
class Quotas:
    """Of a doctor's hours: how many there are, and how many are left."""

    jkn: int
    non_jkn: int
    jkn_left: int
    non_jkn_left: int


@dataclass(frozen=True, slots=True)
class Announced:
    """`code`: by which the insurer knows the booking. `kind`: of visit. `served_ms`: when it will be its turn, as far
    as anybody can tell."""

    code: str
    label: str
    day: date
    clinic: ClinicPlan
    person: Values
    quotas: Quotas
    served_ms: int
    is_new: bool
    kind: int


def can_be_announced(person: Values, needs: Field | None = None) -> bool:
    """The insurer takes nobody without a NIK or a card, and we make up neither."""
    return needs in person if needs else Field.CARD in person or Field.NIK in person


def kind_of_visit(person: Values, nth: int) -> int:
    """By its letter, whose thirteenth sign tells a control letter and one of another hospital from a Puskesmas's. A
    second clinic of a day was sent to by the first."""
    if nth > 1:
        return INTERNAL_REFERRAL
    return _KINDS.get(person.get(Field.REFERENCE, "")[12:13].upper(), FIRST_REFERRAL)


def announcement(booking: Announced) -> Json:
    person, clinic = booking.person, booking.clinic
    is_jkn = Field.CARD in person
    otherwise = "" if is_jkn else NOTHING
    return {
        "kodebooking": booking.code,
        "jenispasien": JKN if is_jkn else NON_JKN,
        "nomorkartu": person.get(Field.CARD, otherwise),
        "nik": person.get(Field.NIK, otherwise),
        "nohp": home_phone(person.get(Field.PHONE, otherwise)),
        "kodepoli": clinic.poli,
        "namapoli": clinic.poli_name,
        "pasienbaru": int(booking.is_new),
        "norm": person.get(Field.RECORD, otherwise),
        "tanggalperiksa": booking.day.isoformat(),
        "kodedokter": clinic.doctor,
        "namadokter": clinic.doctor_name,
        "jampraktek": clinic.hours,
        "jeniskunjungan": booking.kind if is_jkn else CONTROL,
        "nomorreferensi": person.get(Field.REFERENCE, "") if is_jkn else NOTHING,
        "nomorantrean": booking.label,
        "angkaantrean": number_of(booking.label),
        "estimasidilayani": booking.served_ms,
        "sisakuotajkn": booking.quotas.jkn_left,
        "kuotajkn": booking.quotas.jkn,
        "sisakuotanonjkn": booking.quotas.non_jkn_left,
        "kuotanonjkn": booking.quotas.non_jkn,
        "keterangan": ADVICE,
    }


def time_of(word: Word, code: str, pharmacy: Mapping[str, str]) -> Json:
    """`jenisresep` only where it is known: who is not sent to our pharmacy may have a prescription all the same."""
    kind = pharmacy.get(word.queue, "")
    body: Json = {"kodebooking": code, "taskid": word.task, "waktu": word.ms}
    return {**body, "jenisresep": kind.capitalize()} if kind else body


def prescription(code: str, label: str, kind: str) -> Json:
    return {"kodebooking": code, "jenisresep": kind, "nomorantrean": number_of(label), "keterangan": PREPARED}


def withdrawal(code: str) -> Json:
    return {"kodebooking": code, "keterangan": WITHDRAWN}


def number_of(label: str) -> int:
    """12 of B-012."""
    return int(label.rpartition("-")[2])


def home_phone(phone: str) -> str:
    """As it is dialled in Indonesia."""
    return "0" + phone.removeprefix("+62") if phone.startswith("+62") else phone


# Puskesmas: no codes and no tasks, but a date, a clinic and a card.


def puskesmas_announcement(booking: Announced) -> Json:
    person, clinic = booking.person, booking.clinic
    return {
        "nomorkartu": person.get(Field.CARD, ""),
        "nik": person.get(Field.NIK, ""),
        "nohp": home_phone(person.get(Field.PHONE, "")),
        "kodepoli": clinic.poli,
        "namapoli": clinic.poli_name,
        "norm": person.get(Field.RECORD, ""),
        "tanggalperiksa": booking.day.isoformat(),
        "kodedokter": clinic.doctor,
        "namadokter": clinic.doctor_name,
        "jampraktek": clinic.hours,
        "nomorantrean": booking.label,
        "angkaantrean": number_of(booking.label),
        "keterangan": ADVICE,
    }


def presence(day: date, clinic: ClinicPlan, card: str, *, is_here: bool, ms: int) -> Json:
    return {**_key(day, clinic, card), "status": 1 if is_here else 2, "waktu": ms}


def puskesmas_withdrawal(day: date, clinic: ClinicPlan, card: str, why: str = WITHDRAWN) -> Json:
    return {**_key(day, clinic, card), "alasan": why}


def _key(day: date, clinic: ClinicPlan, card: str) -> Json:
    return {"tanggalperiksa": day.isoformat(), "kodepoli": clinic.poli, "nomorkartu": card}
