"""The calls of a hospital (Antrean RS)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.doubles.bpjs.bookings import ALL_TASKS, CANCELLED, Booking, Task
from tests.doubles.bpjs.masters import Masters, hours
from tests.doubles.bpjs.replies import NOTHING, Refusal, Reply, day_of, moment_ms, some, text, whole, word

WORDS = ("kodebooking", "kodepoli", "namapoli", "namadokter", "jampraktek", "nomorantrean")
TEXTS = ("nomorkartu", "nik", "nohp", "norm", "nomorreferensi", "keterangan")
NUMBERS = ("kodedokter", "angkaantrean", "sisakuotajkn", "kuotajkn", "sisakuotanonjkn", "kuotanonjkn")
PRESCRIPTIONS = ("Tidak ada", "Racikan", "Non racikan")


class Hospital:
    def __init__(self, masters: Masters) -> None:
        self.masters = masters
        self.bookings: dict[str, Booking] = {}
        self.schedule_requests: list[Mapping[str, Any]] = []  # they wait for BPJS's staff, and change nothing here

    # References

    def clinics(self) -> Reply:
        return Reply(list(self.masters.clinics), 1)

    def doctors(self) -> Reply:
        return Reply(list(self.masters.doctors), 1)

    def schedule(self, clinic: str, day: str) -> Reply:
        return some(list(self.masters.schedule(clinic, day_of(day, "tanggal"))))

    def fingerprint_clinics(self) -> Reply:
        found = [each for each in self.masters.clinics if each["kdsubspesialis"] in self.masters.fingerprint_clinics]
        shown = [
            {
                "kodepoli": each["kdpoli"],
                "namapoli": each["nmpoli"],
                "kodesubspesialis": each["kdsubspesialis"],
                "namasubspesialis": each["nmsubspesialis"],
            }
            for each in found
        ]
        return Reply(shown, 1) if shown else NOTHING

    def fingerprint(self, kind: str, number: str) -> Reply:
        field = {"nik": "nik", "noka": "nomorkartu"}.get(kind)
        member = None if field is None else self.masters.member(field, number)
        return NOTHING if member is None else Reply(dict(member), 1)

    def change_schedule(self, body: Mapping[str, Any]) -> Reply:
        word(body, "kodepoli"), word(body, "kodesubspesialis"), whole(body, "kodedokter")
        slots = body.get("jadwal")
        if not isinstance(slots, list) or not slots:
            raise Refusal("jadwal tidak boleh kosong")
        for slot in slots:
            if not isinstance(slot, dict) or not 1 <= whole(slot, "hari") <= 8:
                raise Refusal("hari tidak sesuai")
            word(slot, "buka"), word(slot, "tutup")
        self.schedule_requests.append(body)
        return Reply()

    # The life of a booking

    def add(self, body: Mapping[str, Any], now_ms: int) -> Reply:
        fields: dict[str, Any] = {name: word(body, name) for name in WORDS} | {name: text(body, name) for name in TEXTS}
        fields |= {name: whole(body, name) for name in NUMBERS}
        fields["estimasidilayani"] = moment_ms(body, "estimasidilayani")
        fields["tanggalperiksa"] = day_of(body.get("tanggalperiksa"), "tanggalperiksa").isoformat()
        fields["pasienbaru"] = self._one_of(body, "pasienbaru", range(2))
        fields["jeniskunjungan"] = self._one_of(body, "jeniskunjungan", range(1, 5))
        fields["jenispasien"] = word(body, "jenispasien")
        if fields["kodebooking"] in self.bookings:
            raise Refusal("Terdapat duplikasi Kode Booking", 208)
        self._check_insurance(fields)
        self._check_slot(fields)
        self.bookings[fields["kodebooking"]] = Booking(fields, now_ms)
        return Reply()

    def take_mobile(self, body: Mapping[str, Any], now_ms: int) -> Reply:
        """A booking that a visitor made in Mobile JKN: BPJS has it before the hospital says anything."""
        day = day_of(body.get("tanggalperiksa"), "tanggalperiksa").isoformat()
        numbers = {name: int(body.get(name, 0)) for name in (*NUMBERS, "estimasidilayani", "pasienbaru")}
        words = {name: str(body.get(name, "")) for name in (*WORDS, *TEXTS)}
        kinds = {"jeniskunjungan": int(body.get("jeniskunjungan", 1)), "jenispasien": "JKN", "tanggalperiksa": day}
        code = word(body, "kodebooking")
        self.bookings[code] = Booking({**words, **numbers, **kinds}, now_ms, source="Mobile JKN")
        return Reply()

    def update_time(self, body: Mapping[str, Any], now_ms: int) -> Reply:
        number = self._one_of(body, "taskid", (*ALL_TASKS, CANCELLED))
        at_ms = moment_ms(body, "waktu")
        prescription = str(body.get("jenisresep", ""))
        if prescription and prescription not in PRESCRIPTIONS:
            raise Refusal("jenisresep tidak sesuai")
        self._booking(body).take(number, Task(at_ms, now_ms, prescription))
        return Reply()

    def cancel(self, body: Mapping[str, Any]) -> Reply:
        reason = word(body, "keterangan")
        booking = self._booking(body)
        if booking.cancelled_because is not None:
            raise Refusal("Antrean sudah dibatalkan")
        booking.cancelled_because = reason
        return Reply()

    def add_pharmacy(self, body: Mapping[str, Any]) -> Reply:
        kind = word(body, "jenisresep")
        if kind not in ("racikan", "non racikan"):
            raise Refusal("jenisresep tidak sesuai")
        number, note = whole(body, "nomorantrean"), text(body, "keterangan")
        booking = self._booking(body)
        if booking.pharmacy is not None:
            raise Refusal("Antrean farmasi sudah ada")
        booking.pharmacy = {"jenisresep": kind, "nomorantrean": number, "keterangan": note}
        return Reply()

    def tasks(self, body: Mapping[str, Any]) -> Reply:
        return some(self._booking(body).listed_tasks(self.masters.zone))

    def _booking(self, body: Mapping[str, Any]) -> Booking:
        found = self.bookings.get(word(body, "kodebooking"))
        if found is None:
            raise Refusal("Kode Booking tidak ditemukan")
        return found

    def _check_insurance(self, fields: Mapping[str, Any]) -> None:
        if fields["jenispasien"] == "JKN":
            card = fields["nomorkartu"]
            if not (len(card) == 13 and card.isascii() and card.isdecimal()):
                raise Refusal("Nomor Kartu harus 13 digit")
            if not fields["nomorreferensi"].strip(" -"):
                raise Refusal("Rujukan tidak valid")
        elif fields["jenispasien"] != "NON JKN":
            raise Refusal("jenispasien tidak sesuai")
        elif fields["nomorkartu"].strip(" -"):
            raise Refusal("Nomor Kartu harus kosong untuk pasien NON JKN")

    def _check_slot(self, fields: Mapping[str, Any]) -> None:
        for slot in self.masters.schedule(fields["kodepoli"], date.fromisoformat(fields["tanggalperiksa"])):
            if slot["kodedokter"] == fields["kodedokter"] and hours(slot["jadwal"]) == hours(fields["jampraktek"]):
                if slot["libur"]:
                    raise Refusal("Jadwal dokter libur pada tanggal tersebut")
                return
        raise Refusal("Jadwal dokter tidak ditemukan")

    def _one_of(self, body: Mapping[str, Any], name: str, allowed: range | tuple[int, ...]) -> int:
        number = whole(body, name)
        if number not in allowed:
            raise Refusal(f"{name} tidak sesuai")
        return number

    # Reading back

    def bookings_on(self, day: str) -> Reply:
        return self._listed(lambda each: each.day == day_of(day, "tanggal"))

    def booking(self, code: str) -> Reply:
        return self._listed(lambda each: each.code == code)

    def active(self) -> Reply:
        return self._listed(lambda each: each.status == "Belum dilayani")

    def active_of(self, clinic: str, doctor: str, weekday: str, practice: str) -> Reply:
        return self._listed(
            lambda each: (
                each.status == "Belum dilayani"
                and each.fields["kodepoli"] == clinic
                and str(each.fields["kodedokter"]) == doctor
                and str(each.day.isoweekday()) == weekday
                and hours(each.fields["jampraktek"]) == hours(practice)
            )
        )

    def _listed(self, is_meant: Any) -> Reply:
        return some([each.listed() for each in self.bookings.values() if is_meant(each)])
