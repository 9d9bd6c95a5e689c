"""What is looked at in a request, in this order, and the sentence for whoever fails there.

The sentences are those that hospital staff and BPJS's testers know. Nothing here reads a clock or a database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from integrations.bpjs.answers.practices import Practice, normal_hours
from integrations.bpjs.answers.replies import Declined
from queue_service.domain.events import from_ms

Body = Mapping[str, Any]

CARD, NIK, FAMILY_CARD = ("nomorkartu", "Nomor Kartu", 13), ("nik", "NIK", 16), ("nomorkk", "Nomor KK", 16)
MEMBER = ("nopeserta", "Nomor Peserta", 13)
NO_BOOKING = "Data Booking tidak ditemukan"
NOT_HELD = "Pendaftaran ke Poli ini tidak tersedia"
OVER = "Pendaftaran ke Poli ini sudah tutup"

_is_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
is_code = re.compile(r"[!-~]{1,64}").fullmatch  # another system may have given it
_is_phone = re.compile(r"[0-9+ ().-]{6,24}").fullmatch
_is_number = re.compile(r"[A-Za-z0-9./_-]{1,40}").fullmatch
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_LATEST_MS = 4_102_444_800_000  # the year 2100
KINDS = {"1", "2", "3", "4"}  # of visits


@dataclass(frozen=True, slots=True)
class Visit:
    """What somebody asks for who takes a number."""

    practice: Practice
    day: date
    card: str
    nik: str
    phone: str
    record: str
    kind: str = ""
    reference: str = ""


def text_of(body: Body, key: str) -> str:
    """Numbers come as text and as numbers. Empty: it is missing."""
    value = body.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    return _UNREADABLE


def needed(body: Body, key: str, name: str) -> str:
    text = text_of(body, key)
    if not text:
        raise Declined(f"{name} tidak boleh kosong")
    return text


def digits(body: Body, field: tuple[str, str, int]) -> str:
    key, name, length = field
    text = needed(body, key, name)
    if len(text) != length:
        raise Declined(f"{name} harus {length} digit")
    if not (text.isascii() and text.isdecimal()):
        raise Declined(f"Format {name} tidak sesuai")
    return text


def number(body: Body, key: str, name: str, *, is_needed: bool = True) -> str:
    text = needed(body, key, name) if is_needed else text_of(body, key)
    if text and not _is_number(text):
        raise Declined(f"Format {name} tidak sesuai")
    return text


def phone(body: Body) -> str:
    text = needed(body, "nohp", "No.HP")
    if not _is_phone(text):
        raise Declined("Format No.HP tidak sesuai")
    return text


def day(body: Body, key: str, name: str = "Tanggal") -> date:
    text = needed(body, key, name)
    try:
        if _is_date(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise Declined(f"Format {name} tidak sesuai, format yang benar adalah yyyy-mm-dd")


def moment(body: Body, key: str, name: str) -> datetime:
    text = needed(body, key, name)
    if not (text.isascii() and text.isdecimal() and int(text[:20]) <= _LATEST_MS):
        raise Declined(f"Format {name} tidak sesuai")
    return from_ms(int(text))


def booking_code(body: Body) -> str:
    return needed(body, "kodebooking", "Kode Booking")


def clinic(body: Body, practices: Sequence[Practice]) -> list[Practice]:
    """All of them at this clinic."""
    poli = needed(body, "kodepoli", "Kode Poli")
    found = [practice for practice in practices if practice.clinic.poli == poli]
    if not found:
        raise Declined("Poli tidak ditemukan")
    return found


def practice_on(body: Body, practices: Sequence[Practice], now: datetime) -> tuple[Practice, date]:
    """The clinic, the doctor, the day and the hours: who asks for the state of a queue names as much."""
    at_clinic = clinic(body, practices)
    doctor = needed(body, "kodedokter", "Kode Dokter")
    if all(str(practice.clinic.doctor) != doctor for practice in practices):
        raise Declined("Dokter tidak ditemukan")
    wanted = day(body, "tanggalperiksa")
    check_not_over(at_clinic[0], wanted, now)
    hours = normal_hours(needed(body, "jampraktek", "Jam Praktek"))
    for practice in at_clinic:
        if str(practice.clinic.doctor) == doctor and practice.clinic.hours == hours:
            return practice, wanted
    raise Declined(NOT_HELD)


def check_not_over(practice: Practice, wanted: date, now: datetime) -> None:
    if wanted < practice.branch.day_of(now):
        raise Declined("Tanggal Periksa tidak berlaku mundur")


def check_held(practice: Practice, wanted: date, now: datetime) -> None:
    """Whether numbers of that day are given at all."""
    booking, today = practice.queue.booking, practice.branch.day_of(now)
    if booking is None or not practice.times(wanted):
        raise Declined(NOT_HELD)
    if wanted > today + timedelta(days=booking.days_ahead):
        raise Declined(f"Pendaftaran dibuka paling cepat {booking.days_ahead} hari sebelum Tanggal Periksa")


def check_open(practice: Practice, wanted: date, now: datetime) -> None:
    """And still."""
    check_held(practice, wanted, now)
    if practice.times(wanted)[-1] <= now:
        raise Declined(OVER)


def visit(body: Body, practices: Sequence[Practice], now: datetime) -> Visit:
    """At a hospital."""
    card, nik, phone_ = digits(body, CARD), digits(body, NIK), phone(body)
    practice, wanted = practice_on(body, practices, now)
    check_open(practice, wanted, now)
    kind = needed(body, "jeniskunjungan", "Jenis Kunjungan")
    if kind not in KINDS:
        raise Declined("Jenis Kunjungan tidak ditemukan")
    reference = number(body, "nomorreferensi", "Nomor Referensi")
    record = number(body, "norm", "Nomor Rekam Medis", is_needed=False)
    return Visit(practice, wanted, card, nik, phone_, record, kind, reference)


def visit_at_fktp(body: Body, practices: Sequence[Practice], now: datetime) -> Visit:
    """Without a referral: this is where those come from."""
    card, nik, phone_ = digits(body, CARD), digits(body, NIK), phone(body)
    practice, wanted = practice_on(body, practices, now)
    check_open(practice, wanted, now)
    record = number(body, "norm", "Nomor Rekam Medis", is_needed=False)
    return Visit(practice, wanted, card, nik, phone_, record)


ABOUT_THEM = {
    "nohp": "No.HP",
    "alamat": "Alamat",
    "kodeprop": "Kode Propinsi",
    "namaprop": "Nama Propinsi",
    "kodedati2": "Kode Dati 2",
    "namadati2": "Nama Dati 2",
    "kodekec": "Kode Kecamatan",
    "namakec": "Nama Kecamatan",
    "kodekel": "Kode Kelurahan",
    "namakel": "Nama Kelurahan",
    "rw": "RW",
    "rt": "RT",
}


def new_patient(body: Body, today: date) -> tuple[str, str]:
    """All 18 fields have to be there; their card and NIK."""
    card, nik = digits(body, CARD), digits(body, NIK)
    digits(body, FAMILY_CARD)
    needed(body, "nama", "Nama")
    if needed(body, "jeniskelamin", "Jenis Kelamin") not in ("L", "P"):
        raise Declined("Jenis Kelamin tidak ditemukan")
    if day(body, "tanggallahir", "Tanggal Lahir") > today:
        raise Declined("Tanggal Lahir tidak sesuai")
    for key, name in ABOUT_THEM.items():
        needed(body, key, name)
    return card, nik


def days_of_theatre(body: Body, today: date) -> tuple[date, date]:
    """The first and the last."""
    first, last = day(body, "tanggalawal", "Tanggal Awal"), day(body, "tanggalakhir", "Tanggal Akhir")
    for each, name in ((first, "Tanggal Awal"), (last, "Tanggal Akhir")):
        if each < today:
            raise Declined(f"{name} tidak berlaku mundur")
    if first > last:
        raise Declined("Tanggal Awal tidak boleh lebih besar dari Tanggal Akhir")
    return first, last


def today_of(practices: Sequence[Practice], now: datetime) -> date:
    return practices[0].branch.day_of(now) if practices else now.astimezone(UTC).date()
