"""The calls of a hospital, with what has to be known about each: its path, its fields, its shape, its times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypedDict

from integrations.bpjs.client import BpjsClient, Refused
from integrations.bpjs.refusals import ADD, CANCEL, PHARMACY, TIME, Meaning
from integrations.bpjs.shapes import part, read_moment_ms, record, records, whole, word

LIST_TASKS = "/antrean/getlisttask"
CHANGE_SCHEDULE = "/jadwaldokter/updatejadwaldokter"

Times = Literal["rs", "server"]  # those that the hospital gave, or when it gave them
Prescription = Literal["Tidak ada", "Racikan", "Non racikan"]


class Booking(TypedDict):
    """What `antrean/add` wants. `estimasidilayani` is in milliseconds, `kodepoli` of the subspecialty, and `jampraktek`
    one of the register's own. NON JKN: card and reference are empty."""

    kodebooking: str
    jenispasien: Literal["JKN", "NON JKN"]
    nomorkartu: str
    nik: str
    nohp: str
    kodepoli: str
    namapoli: str
    pasienbaru: Literal[0, 1]
    norm: str
    tanggalperiksa: str
    kodedokter: int
    namadokter: str
    jampraktek: str
    jeniskunjungan: Literal[1, 2, 3, 4]  # referred by FKTP, within the house, control, by another hospital
    nomorreferensi: str
    nomorantrean: str
    angkaantrean: int
    estimasidilayani: int
    sisakuotajkn: int
    kuotajkn: int
    sisakuotanonjkn: int
    kuotanonjkn: int
    keterangan: str


@dataclass(frozen=True, slots=True)
class Clinic:
    poli: str
    name: str
    subspecialty: str  # the code that schedules and bookings want
    subspecialty_name: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One doctor's practice hours of a day."""

    poli: str
    poli_name: str
    subspecialty: str
    doctor: int
    doctor_name: str
    hours: str  # 08:00-12:00
    capacity: int
    is_off: bool


@dataclass(frozen=True, slots=True)
class ToldTask:
    """A task time that BPJS has. To the second: they give no more back."""

    task: int
    at_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class Hours:
    """What is asked to become a doctor's practice hours; 8 is a national holiday."""

    weekday: int
    opens: str
    closes: str


class Calls:
    """All raise Away, Refused and Unreadable. A list of nothing is empty, and no refusal."""

    def __init__(self, client: BpjsClient) -> None:
        self._client = client

    # References

    async def clinics(self) -> list[Clinic]:
        return [
            Clinic(word(it, "kdpoli"), word(it, "nmpoli"), word(it, "kdsubspesialis"), word(it, "nmsubspesialis"))
            for it in await self._client.listed("/ref/poli")
        ]

    async def doctors(self) -> dict[int, str]:
        return {whole(it, "kodedokter"): word(it, "namadokter") for it in await self._client.listed("/ref/dokter")}

    async def fingerprint_clinics(self) -> set[str]:
        """The subspecialties that want a fingerprint."""
        return {word(it, "kodesubspesialis") for it in await self._client.listed("/ref/poli/fp")}

    async def has_fingerprint(self, kind: Literal["nik", "noka"], number: str) -> bool | None:
        """None: nobody has that number."""
        path = f"/ref/pasien/fp/identitas/{kind}/noidentitas/{part(number)}"
        try:
            found = await self._client.get(path, call="/ref/pasien/fp")
        except Refused as refused:
            if refused.verdict.meaning is Meaning.NOTHING_FOUND:
                return None
            raise
        return bool(whole(record(found), "daftarfp"))

    async def schedule(self, subspecialty: str, day: date) -> list[Slot]:
        path = f"/jadwaldokter/kodepoli/{part(subspecialty)}/tanggal/{day.isoformat()}"
        return [
            Slot(
                word(it, "kodepoli"),
                word(it, "namapoli"),
                word(it, "kodesubspesialis"),
                whole(it, "kodedokter"),
                word(it, "namadokter"),
                "".join(word(it, "jadwal").split()),  # blanks around the dash occur
                whole(it, "kapasitaspasien"),
                bool(whole(it, "libur")),
            )
            for it in await self._client.listed(path)
        ]

    async def ask_for_schedule(self, poli: str, subspecialty: str, doctor: int, hours: Sequence[Hours]) -> None:
        """Sent until 20:00 it is approved in the evening, or by itself at midnight; it holds from the day after."""
        slots = [{"hari": str(each.weekday), "buka": each.opens, "tutup": each.closes} for each in hours]
        body = {"kodepoli": poli, "kodesubspesialis": subspecialty, "kodedokter": doctor, "jadwal": slots}
        await self._client.tell(CHANGE_SCHEDULE, body)

    # The life of a booking

    async def add(self, booking: Booking) -> None:
        await self._client.tell(ADD, dict(booking))

    async def tell_time(self, code: str, task: int, at_ms: int, prescription: Prescription | None = None) -> None:
        """When it happened at the counter, never when it is told. `prescription` goes with task 5."""
        body = {"kodebooking": code, "taskid": task, "waktu": at_ms}
        await self._client.tell(TIME, body if prescription is None else {**body, "jenisresep": prescription})

    async def cancel(self, code: str, reason: str) -> None:
        await self._client.tell(CANCEL, {"kodebooking": code, "keterangan": reason})

    async def add_pharmacy(self, code: str, kind: Literal["racikan", "non racikan"], number: int, note: str) -> None:
        """Before task 6."""
        body = {"kodebooking": code, "jenisresep": kind, "nomorantrean": number, "keterangan": note}
        await self._client.tell(PHARMACY, body)

    async def tasks(self, code: str) -> list[ToldTask]:
        try:
            told = records(await self._client.post(LIST_TASKS, {"kodebooking": code}))
        except Refused as refused:
            if refused.verdict.meaning is Meaning.NOTHING_FOUND:
                return []
            raise
        return [
            ToldTask(whole(it, "taskid"), read_moment_ms(word(it, "wakturs")), read_moment_ms(word(it, "waktu")))
            for it in told
        ]

    # Reading back. Their items are as BPJS names them: a page shows them beside our own.

    async def waits_on(self, day: date, times: Times) -> list[dict[str, Any]]:
        """In seconds; each clinic once."""
        return await self._client.listed(f"/dashboard/waktutunggu/tanggal/{day.isoformat()}/waktu/{times}")

    async def waits_in(self, year: int, month: int, times: Times) -> list[dict[str, Any]]:
        """In seconds; each clinic once for each day."""
        return await self._client.listed(f"/dashboard/waktutunggu/bulan/{month:02}/tahun/{year}/waktu/{times}")

    async def bookings_on(self, day: date) -> list[dict[str, Any]]:
        return await self._client.listed(f"/antrean/pendaftaran/tanggal/{day.isoformat()}")

    async def bookings_of(self, code: str) -> list[dict[str, Any]]:
        return await self._client.listed(f"/antrean/pendaftaran/kodebooking/{part(code)}")

    async def unserved(self) -> list[dict[str, Any]]:
        return await self._client.listed("/antrean/pendaftaran/aktif")

    async def unserved_of(self, subspecialty: str, doctor: int, weekday: int, hours: str) -> list[dict[str, Any]]:
        of = f"kodepoli/{part(subspecialty)}/kodedokter/{doctor}/hari/{weekday}/jampraktek/{part(hours)}"
        return await self._client.listed(f"/antrean/pendaftaran/{of}")
