"""A booking on its day: how it stands, check-in, cancelling, the pharmacy and the theatre."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.bpjs.answers.paths import Service
from queue_service.domain.actions import CallNext, Issue
from queue_service.domain.tickets import Status
from tests.houses import NINE, Clock
from tests.integrations.bpjs.answers.hospitals import (
    ADMISSION,
    BRANCH,
    CARD,
    INTERNIST,
    MORNING,
    PHARMACY,
    TODAY,
    TOMORROW,
    MobileJkn,
    Told,
    a_hospital,
    a_visit,
    ms,
)
from tests.integrations.bpjs.answers.test_ladder import a_patient

SEVEN = NINE - timedelta(hours=2)


async def remaining(jkn: MobileJkn, code: str) -> Told:
    return await jkn.ask(Service.REMAINING, {"kodebooking": code})


async def status(jkn: MobileJkn, day: str = TODAY) -> Told:
    body = {"kodepoli": "INT", "kodedokter": 12346, "tanggalperiksa": day, "jampraktek": MORNING}
    return await jkn.ask(Service.STATUS, body)


async def arrived(jkn: MobileJkn, n: int) -> str:
    """Booked for today and checked in; the code."""
    code = str((await jkn.booked(**a_visit(n, tanggalperiksa=TODAY)))["kodebooking"])
    assert (await jkn.check_in(code)).code == 200
    return code


async def test_what_remains_is_true_for_who_asks(tmp_path: Path) -> None:
    """Five at eight and half past; the one who asks is the third. Somebody who came without a booking is behind all."""
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        codes = [await arrived(jkn, n) for n in range(5)]
        jkn.clock.turn(minutes=100)
        await jkn.house.desk.act(BRANCH, Issue(INTERNIST), "visitor")
        third = await remaining(jkn, codes[2])
        assert (third["nomorantrean"], third["sisaantrean"], third["antreanpanggil"]) == ("A-003", 2, "-")
        assert (await remaining(jkn, codes[0]))["sisaantrean"] == 0
        assert (await status(jkn))["sisaantrean"] == 6  # for who would come now
        await jkn.open_counter("1")
        await jkn.serve_next("1")
        third = await remaining(jkn, codes[2])
        assert (third["sisaantrean"], third["antreanpanggil"]) == (1, "A-001")
        assert third["namapoli"] == "Penyakit Dalam" and third["namadokter"] == "Dokter Contoh A"
        state = await status(jkn)
        assert (state["totalantrean"], state["sisaantrean"], state["antreanpanggil"]) == (6, 5, "A-001")
        assert (await remaining(jkn, codes[0])).message == "Antrean Tidak Ditemukan !"


async def test_9_waits_are_seconds_and_moments_are_milliseconds(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        booked = await jkn.booked(tanggalperiksa=TODAY)
        eight = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Jakarta"))
        assert booked["estimasidilayani"] == ms(eight) == 1795395600000
        codes = [await arrived(jkn, n) for n in range(1, 9)]
        planned = await remaining(jkn, codes[3])
        assert planned["waktutunggu"] == 3600 + planned["sisaantrean"] * 450  # from eight, and four in half an hour
        await jkn.open_counter("1")
        for _ in range(4):  # each takes five minutes: now there is something to go by
            await jkn.serve_next("1")
            jkn.clock.turn(minutes=5)
        last = await remaining(jkn, codes[-1])
        assert last["sisaantrean"] == 3
        # Four calls at five minutes, and the one who has booked may still come before.
        assert 4 * 300 * 0.8 <= last["waktutunggu"] <= 5 * 300 * 1.2


async def test_9_the_moment_of_a_check_in_is_milliseconds(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        code = (await jkn.booked(tanggalperiksa=TODAY))["kodebooking"]
        in_seconds = {"kodebooking": code, "waktu": ms(SEVEN) // 1000}  # of 1970 then
        assert (await jkn.ask(Service.CHECK_IN, in_seconds)).message == "Waktu Checkin tidak berlaku mundur"
        as_text = {"kodebooking": code, "waktu": str(ms(SEVEN))}
        assert (await jkn.ask(Service.CHECK_IN, as_text)).code == 200


async def test_check_in_makes_a_booking_wait(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        booked = await jkn.booked(tanggalperiksa=TODAY)
        code = booked["kodebooking"]
        assert "belum melakukan checkin" in (await remaining(jkn, code)).message
        assert (await jkn.check_in(code)).code == 200
        ticket = (await jkn.floor()).ticket(booked["nomorantrean"])
        assert (ticket.status, ticket.queue) == (Status.WAITING, INTERNIST)
        assert (await jkn.check_in(code)).message == f"Anda Sudah Checkin pada tanggal {TODAY}"
        refused = await jkn.ask(Service.CANCEL, {"kodebooking": code, "keterangan": "batal"})
        assert refused.message == f"Anda Sudah Checkin Pada Tanggal {TODAY}, Pendaftaran Tidak Bisa Dibatalkan"
        by = {entry.by for entry in await jkn.house.journal.read(jkn.house.floors.today(BRANCH))}
        assert by == {"system:bpjs"}


async def test_who_was_never_here_passes_by_admission_and_keeps_their_time(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN), patients="enrolled") as jkn:
        assert (await jkn.ask(Service.ENROL, a_patient())).code == 200
        booked = await jkn.booked(norm="", tanggalperiksa=TODAY)
        label, code = booked["nomorantrean"], booked["kodebooking"]
        assert (await jkn.check_in(code)).code == 200
        assert (await jkn.floor()).ticket(label).queue == ADMISSION
        assert (await remaining(jkn, code))["sisaantrean"] == 0
        await jkn.open_counter("3")
        await jkn.serve_next("3")
        ticket = (await jkn.floor()).ticket(label)
        assert (ticket.queue, ticket.status) == (INTERNIST, Status.WAITING)
        assert ms(ticket.due) == booked["estimasidilayani"]
        assert (await status(jkn))["sisakuotajkn"] == 19  # wherever the visit has come to


async def test_check_in_has_its_time(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN - timedelta(minutes=61))) as jkn:
        code = (await jkn.booked(tanggalperiksa=TODAY))["kodebooking"]
        assert (await jkn.check_in(code)).message == "Checkin dapat dilakukan mulai 23-11-2026 pukul 06:00"
        later = (await jkn.booked(**a_visit(1)))["kodebooking"]
        assert (await jkn.check_in(later)).message == "Checkin dapat dilakukan mulai 24-11-2026 pukul 06:00"
        jkn.clock.turn(minutes=361)  # noon, when the practice ends
        assert (await jkn.check_in(code)).message == "Batas waktu checkin sudah lewat, silakan menuju loket pendaftaran"


async def test_what_is_wrong_with_a_check_in_is_said(tmp_path: Path) -> None:
    code = {"kodebooking": "ABCDEFGHJKMNPQ"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "Kode Booking tidak boleh kosong"),
        ({"kodebooking": "X"}, "Waktu tidak boleh kosong"),
        (code | {"waktu": "pagi"}, "Format Waktu tidak sesuai"),
        (code | {"waktu": -1}, "Format Waktu tidak sesuai"),
        (code | {"waktu": 10**30}, "Format Waktu tidak sesuai"),
        (code | {"waktu": ms(NINE)}, "Data Booking tidak ditemukan"),
    ]
    async with a_hospital(tmp_path) as jkn:
        for body, sentence in wrong:
            told = await jkn.ask(Service.CHECK_IN, body)
            assert (told.code, told.message) == (201, sentence)


async def test_a_cancelled_booking_is_over(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        code = (await jkn.booked(tanggalperiksa=TODAY))["kodebooking"]
        assert (await jkn.ask(Service.CANCEL, {"kodebooking": code})).message == "Keterangan tidak boleh kosong"
        withdrawal = {"kodebooking": code, "keterangan": "sembuh"}
        assert (await jkn.ask(Service.CANCEL, withdrawal)).code == 200
        gone = f"Booking Anda Sudah Dibatalkan pada tanggal {TODAY}"
        assert (await jkn.ask(Service.CANCEL, withdrawal)).message == gone
        assert (await jkn.check_in(code)).message == gone
        assert (await remaining(jkn, code)).message == "Data booking sudah dibatalkan"
        late = (await jkn.booked(**a_visit(1, tanggalperiksa=TODAY)))["kodebooking"]
        jkn.clock.turn(days=1)
        past = await jkn.ask(Service.CANCEL, {"kodebooking": late, "keterangan": "lupa"})
        assert past.message == "Pembatalan Antrean tidak berlaku mundur"
        assert (await remaining(jkn, late)).message == "Antrean Tidak Ditemukan !"


async def test_the_pharmacy_is_told_of_once_the_visit_has_come_there(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, clock=Clock(SEVEN)) as jkn:
        codes = [await arrived(jkn, n) for n in range(2)]
        asked = {"kodebooking": codes[1]}
        assert (await jkn.ask(Service.TAKE_PHARMACY, asked)).message.startswith("Resep Anda belum sampai di farmasi")
        await jkn.open_counter("1")
        for _ in codes:
            await jkn.serve_next("1", transfer=PHARMACY)
        told = await jkn.ask(Service.TAKE_PHARMACY, asked)
        assert told.response == {
            "jenisresep": "non racikan",
            "nomorantrean": 2,
            "keterangan": "Nomor antrean farmasi Anda A-002",
        }
        await jkn.open_counter("4")
        await jkn.house.desk.act(BRANCH, CallNext("4"), "clerk:4")
        state = await jkn.ask(Service.PHARMACY_STATUS, asked)
        assert state.response == {
            "jenisresep": "non racikan",
            "totalantrean": 2,
            "sisaantrean": 0,
            "antreanpanggil": 1,
            "keterangan": "",
        }


OPERATIONS = f"""kodebooking,tanggaloperasi,jenistindakan,kodepoli,namapoli,terlaksana,nopeserta
OP-1,{TODAY},Apendektomi,BED,Bedah,0,{CARD}
OP-2,{TOMORROW},Katarak,MAT,Mata,0,
OP-3,2026-11-20,Hernia,BED,Bedah,1,{CARD}
"""


async def test_the_theatre_is_told_from_the_hospitals_file(tmp_path: Path) -> None:
    file = tmp_path / "operasi.csv"
    file.write_text(OPERATIONS)
    os.utime(file, (1795395600, 1795395600))
    async with a_hospital(tmp_path, theatre=file) as jkn:
        told = await jkn.ask(Service.THEATRE, {"tanggalawal": TODAY, "tanggalakhir": TOMORROW})
        first, second = told["list"]
        assert first == {
            "kodebooking": "OP-1",
            "tanggaloperasi": TODAY,
            "jenistindakan": "Apendektomi",
            "kodepoli": "BED",
            "namapoli": "Bedah",
            "terlaksana": 0,
            "nopeserta": CARD,
            "lastupdate": 1795395600000,
        }
        assert second["nopeserta"] == ""
        own = await jkn.ask(Service.THEATRE_OF_PATIENT, {"nopeserta": CARD})
        assert [each["kodebooking"] for each in own["list"]] == ["OP-3", "OP-1"]
        assert not {"nopeserta", "lastupdate"} & own["list"][0].keys()
        file.write_text(OPERATIONS.replace("OP-1", "OP-9"))
        assert (await jkn.ask(Service.THEATRE_OF_PATIENT, {"nopeserta": CARD}))["list"][1]["kodebooking"] == "OP-9"
        file.write_text("nothing of the kind")
        assert (await jkn.ask(Service.THEATRE_OF_PATIENT, {"nopeserta": CARD})).code == 401


async def test_a_hospital_without_such_a_file_has_no_operations_to_tell_of(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:

        async def heard(first: str, last: str) -> str:
            return (await jkn.ask(Service.THEATRE, {"tanggalawal": first, "tanggalakhir": last})).message

        assert await heard(TODAY, TOMORROW) == "Maaf tidak ada Jadwal Operasi pada tanggal tersebut"
        assert await heard("", TOMORROW) == "Tanggal Awal tidak boleh kosong"
        assert await heard(TODAY, "") == "Tanggal Akhir tidak boleh kosong"
        assert await heard("2026-11-22", TOMORROW) == "Tanggal Awal tidak berlaku mundur"
        assert await heard(TOMORROW, TODAY) == "Tanggal Awal tidak boleh lebih besar dari Tanggal Akhir"
        none = await jkn.ask(Service.THEATRE_OF_PATIENT, {"nopeserta": CARD})
        assert none.message == "Maaf anda tidak memiliki jadwal operasi"
        assert (await jkn.ask(Service.THEATRE_OF_PATIENT, {})).message == "Nomor Peserta tidak boleh kosong"


@pytest.mark.parametrize(
    ("timezone", "utc_hour", "eight_ms"),
    [
        ("Asia/Makassar", 16, 1795478400000),  # the 24th begins at 16:00 UTC
        ("Asia/Jayapura", 15, 1795474800000),
    ],
)
async def test_12_a_hospital_further_east_has_days_and_hours_of_its_own(
    tmp_path: Path, timezone: str, utc_hour: int, eight_ms: int
) -> None:
    """A minute before its midnight the 23rd is still a day to ask about; at midnight it is over, though not in WIB."""
    midnight = datetime(2026, 11, 23, utc_hour, tzinfo=ZoneInfo("UTC"))
    async with a_hospital(tmp_path, timezone=timezone, clock=Clock(midnight - timedelta(minutes=1))) as jkn:
        assert (await jkn.take(tanggalperiksa=TODAY)).message == "Pendaftaran ke Poli ini sudah tutup"
        told = await jkn.booked()
        assert told["estimasidilayani"] == eight_ms
        jkn.clock.turn(minutes=1)
        assert (await jkn.take(**a_visit(1, tanggalperiksa=TODAY))).message == "Tanggal Periksa tidak berlaku mundur"
        assert (await jkn.check_in(told["kodebooking"])).message.endswith("pukul 06:00")
        jkn.clock.now = datetime(2026, 11, 24, 6, 30, tzinfo=ZoneInfo(timezone))
        assert (await jkn.check_in(told["kodebooking"])).code == 200
        jkn.clock.now = datetime(2026, 11, 24, 11, 29, tzinfo=ZoneInfo(timezone))
        late = (await jkn.booked(**a_visit(2)))["estimasidilayani"]  # at half past eleven, but for one who waits before
        assert late == eight_ms + (3 * 60 + 29) * 60_000 + 450_000
        jkn.clock.turn(minutes=1)
        assert (await jkn.take(**a_visit(3))).message == "Pendaftaran ke Poli ini sudah tutup"
