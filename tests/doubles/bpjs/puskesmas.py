"""The calls of a Puskesmas (Antrean FKTP): no booking codes and no tasks; a date, a clinic and a card are the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.doubles.bpjs.masters import Masters
from tests.doubles.bpjs.replies import NOTHING, Refusal, Reply, day_of, moment_ms, text, whole, word

WORDS = ("kodepoli", "namapoli", "namadokter", "jampraktek", "nomorantrean")
TEXTS = ("nomorkartu", "nik", "nohp", "norm", "keterangan")

Key = tuple[str, str, str]  # date, clinic, card; or the NIK of who has none


@dataclass(slots=True)
class Visit:
    fields: dict[str, Any]
    called: tuple[int, int] | None = None  # 1 present or 2 absent, and when
    cancelled_because: str | None = None


class Puskesmas:
    def __init__(self, masters: Masters) -> None:
        self.masters = masters
        self.visits: dict[Key, Visit] = {}

    def clinics(self, day: str) -> Reply:
        day_of(day, "tanggal")
        return Reply({"list": list(self.masters.fktp_clinics)}, 1)

    def doctors(self, clinic: str, day: str) -> Reply:
        day_of(day, "tanggal")
        found = [
            {name: value for name, value in each.items() if name != "kodepoli"}
            for each in self.masters.fktp_doctors
            if each["kodepoli"] == clinic
        ]
        return Reply({"list": found}, 1) if found else NOTHING

    def add(self, body: Mapping[str, Any]) -> Reply:
        fields: dict[str, Any] = {name: word(body, name) for name in WORDS} | {name: text(body, name) for name in TEXTS}
        fields |= {name: whole(body, name) for name in ("kodedokter", "angkaantrean")}
        key = self._key(body)
        if fields["kodedokter"] not in (
            each["kodedokter"] for each in self.masters.fktp_doctors if each["kodepoli"] == fields["kodepoli"]
        ):
            raise Refusal("Jadwal dokter tidak ditemukan")
        if key in self.visits:
            raise Refusal("Terdapat duplikasi antrean peserta", 208)
        self.visits[key] = Visit({**fields, "tanggalperiksa": key[0]})
        return Reply()

    def call(self, body: Mapping[str, Any]) -> Reply:
        status, at_ms = whole(body, "status"), moment_ms(body, "waktu")
        if status not in (1, 2):
            raise Refusal("status tidak sesuai")
        visit = self._visit(body)
        if visit.cancelled_because is not None:
            raise Refusal("Antrean sudah dibatalkan")
        visit.called = (status, at_ms)
        return Reply()

    def cancel(self, body: Mapping[str, Any]) -> Reply:
        reason = word(body, "alasan")
        visit = self._visit(body)
        if visit.cancelled_because is not None:
            raise Refusal("Antrean sudah dibatalkan")
        visit.cancelled_because = reason
        return Reply()

    def _visit(self, body: Mapping[str, Any]) -> Visit:
        found = self.visits.get(self._key(body))
        if found is None:
            raise Refusal("Antrean tidak ditemukan")
        return found

    def _key(self, body: Mapping[str, Any]) -> Key:
        day = day_of(body.get("tanggalperiksa"), "tanggalperiksa").isoformat()
        return day, word(body, "kodepoli"), text(body, "nomorkartu") or str(body.get("nik", ""))
