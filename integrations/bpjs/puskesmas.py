"""The calls of a Puskesmas (Antrean FKTP). No booking codes and no tasks: date, clinic and card are the key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypedDict

from integrations.bpjs.client import BpjsClient
from integrations.bpjs.refusals import ADD, CANCEL
from integrations.bpjs.shapes import part, whole, word

CALL = "/antrean/panggil"

PRESENT: Final = 1
ABSENT: Final = 2


class Visit(TypedDict):
    """What `antrean/add` wants of a Puskesmas. `kodepoli` is PCare's, such as 001."""

    nomorkartu: str
    nik: str
    nohp: str
    kodepoli: str
    namapoli: str
    norm: str
    tanggalperiksa: str
    kodedokter: int
    namadokter: str
    jampraktek: str
    nomorantrean: str
    angkaantrean: int
    keterangan: str


@dataclass(frozen=True, slots=True)
class Practice:
    """A doctor's hours at one clinic on one day."""

    doctor: int
    doctor_name: str
    hours: str
    capacity: int


class PuskesmasCalls:
    """All raise Away, Refused and Unreadable. A list of nothing is empty, and no refusal."""

    def __init__(self, client: BpjsClient) -> None:
        self._client = client

    async def clinics(self, day: date) -> dict[str, str]:
        """Their names by code."""
        listed = await self._client.listed(f"/ref/poli/tanggal/{day.isoformat()}")
        return {word(it, "kodepoli"): word(it, "namapoli") for it in listed}

    async def doctors(self, clinic: str, day: date) -> list[Practice]:
        listed = await self._client.listed(f"/ref/dokter/kodepoli/{part(clinic)}/tanggal/{day.isoformat()}")
        return [
            Practice(
                whole(it, "kodedokter"),
                word(it, "namadokter"),
                "".join(word(it, "jampraktek").split()),
                whole(it, "kapasitas"),
            )
            for it in listed
        ]

    async def add(self, visit: Visit) -> None:
        await self._client.tell(ADD, dict(visit))

    async def tell_call(self, day: date, clinic: str, card: str, status: Literal[1, 2], at_ms: int) -> None:
        key = {"tanggalperiksa": day.isoformat(), "kodepoli": clinic, "nomorkartu": card}
        await self._client.tell(CALL, {**key, "status": status, "waktu": at_ms})

    async def cancel(self, day: date, clinic: str, card: str, reason: str) -> None:
        key = {"tanggalperiksa": day.isoformat(), "kodepoli": clinic, "nomorkartu": card}
        await self._client.tell(CANCEL, {**key, "alasan": reason})
