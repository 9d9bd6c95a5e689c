"""The bodies of what is told to the insurer. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from integrations.bpjs.answers.standing import Seats
from integrations.bpjs.calls import Booking, Prescription
from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.puskesmas import Visit as PuskesmasVisit
from integrations.bpjs.visits import Medicine, Word
from queue_service.domain.asking import Field

Kind = Literal[1, 2, 3, 4]  # of a visit
Values = Mapping[Field, str]

NOTHING = "-"  # for what one without insurance has no number of

ADVICE = "Harap datang sebelum waktu pelayanan dan membawa kartu identitas."
WITHDRAWN = "Dibatalkan oleh peserta."
PREPARED = "Resep diserahkan ke farmasi."

FIRST_REFERRAL: Kind = 1
INTERNAL_REFERRAL: Kind = 2
CONTROL: Kind = 3
OTHER_HOSPITAL: Kind = 4
_KINDS: Mapping[str, Kind] = {"K": CONTROL, "B": OTHER_HOSPITAL}
_PRESCRIPTIONS: Mapping[Medicine, Prescription] = {"racikan": "Racikan", "non racikan": "Non racikan"}


@dataclass(frozen=True, slots=True)
class Announced:
    """`code`: by which the insurer knows the booking. `kind`: of visit. `served_ms`: when it will be its turn, as far
    as anybody can tell."""

    code: str
    label: str
    day: date
    clinic: ClinicPlan
    person: Values
    seats: Seats
    served_ms: int
    is_new: bool
    kind: Kind


def can_be_announced(person: Values, needs: Field | None = None) -> bool:
    """The insurer takes nobody without a NIK or a card, and we make up neither."""
    return needs in person if needs else Field.CARD in person or Field.NIK in person


def kind_of_visit(person: Values, nth: int) -> Kind:
    """By its letter, whose thirteenth sign tells a control letter and one of another hospital from a Puskesmas's. A
    second clinic of a day was sent to by the first."""
    if nth > 1:
        return INTERNAL_REFERRAL
    return _KINDS.get(person.get(Field.REFERENCE, "")[12:13].upper(), FIRST_REFERRAL)


def announcement(booking: Announced) -> Booking:
    person, clinic = booking.person, booking.clinic
    is_jkn = Field.CARD in person
    otherwise = "" if is_jkn else NOTHING
    return {
        "kodebooking": booking.code,
        "jenispasien": "JKN" if is_jkn else "NON JKN",
        "nomorkartu": person.get(Field.CARD, otherwise),
        "nik": person.get(Field.NIK, otherwise),
        "nohp": home_phone(person.get(Field.PHONE, otherwise)),
        "kodepoli": clinic.poli,
        "namapoli": clinic.poli_name,
        "pasienbaru": 1 if booking.is_new else 0,
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
        "sisakuotajkn": booking.seats.left,
        "kuotajkn": booking.seats.quota,
        "sisakuotanonjkn": booking.seats.others_left,
        "kuotanonjkn": booking.seats.others_quota,
        "keterangan": ADVICE,
    }


def prescription_of(word: Word, pharmacy: Mapping[str, Medicine]) -> Prescription | None:
    """For a time; None where it is not known: who is not sent to our pharmacy may have medicine all the same."""
    medicine = pharmacy.get(word.queue)
    return _PRESCRIPTIONS[medicine] if medicine else None


def number_of(label: str) -> int:
    """12 of B-012."""
    return int(label.rpartition("-")[2])


def home_phone(phone: str) -> str:
    """As it is dialled in Indonesia."""
    return "0" + phone.removeprefix("+62") if phone.startswith("+62") else phone


def puskesmas_announcement(booking: Announced) -> PuskesmasVisit:
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
