"""A visit that begins in Mobile JKN: what it asked the hospital for, and what BPJS is told of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from queue_service.domain.events import to_ms
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.answers.hospitals import PASSWORD, USERNAME, read
from tests.integrations.bpjs.sends.hospitals import (
    ADMISSION,
    INSURED,
    INTERNAL,
    TODAY,
    Hospital,
    a_hospital,
    settings_of,
)

VISIT = {
    "nomorkartu": INSURED["card"],
    "nik": INSURED["nik"],
    "nohp": INSURED["phone"],
    "nomorreferensi": INSURED["reference"],
    "kodepoli": "INT",
    "kodedokter": 100002,
    "jampraktek": "08:00-14:00",
    "tanggalperiksa": str(TODAY),
    "jeniskunjungan": 1,
    "norm": "000123",
}


@asynccontextmanager
async def mobile_jkn(hospital: Hospital) -> AsyncIterator[httpx2.AsyncClient]:
    """Signed in at the hospital."""
    app = hospital.settings.service(hospital.opening)
    assert app is not None
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://rsud") as http:
        token = read(await http.get("/auth", headers={"x-username": USERNAME, "x-password": PASSWORD}))["token"]
        http.headers.update({"x-username": USERNAME, "x-token": token})
        yield http


async def test_a_booking_from_mobile_jkn_is_told_under_its_own_code_and_with_the_seats_that_the_app_saw(
    tmp_path: Path,
) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs, {**settings_of(bpjs), "answers": {}}) as hospital:
        async with mobile_jkn(hospital) as http:
            told = read(await http.post("/ambilantrean", json=VISIT))
            code = told["kodebooking"]
            bpjs.hospital.take_mobile(
                {**VISIT, "kodebooking": code, "nomorantrean": told["nomorantrean"]}, bpjs.now_ms()
            )
            hospital.clock.now = hospital.clock.now.replace(minute=5)
            came = to_ms(hospital.clock())
            answer = await http.post("/checkinantrean", json={"kodebooking": code, "waktu": came})
            assert read(answer).code == 200
        await hospital.pass_through(INTERNAL)
        here = await hospital.come(INTERNAL, INSURED)
        await hospital.deliver()
        assert await hospital.codes(told["nomorantrean"]) == [code]
        assert (await hospital.times(told["nomorantrean"]))[3] == came
        assert list(await hospital.times(told["nomorantrean"])) == [3, 4, 5]
        (announced,) = hospital.calls("/antrean/add")
        assert announced["body"]["nomorantrean"] == here
        assert announced["body"]["sisakuotajkn"] == told["sisakuotajkn"] == 29


async def test_a_new_patient_from_mobile_jkn_passes_admission_and_is_told_from_1_on(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs:
        settings = {**settings_of(bpjs), "answers": {"patients": "enrolled"}}
        async with a_hospital(tmp_path, bpjs, settings) as hospital, mobile_jkn(hospital) as http:
            newcomer = {
                "nomorkartu": VISIT["nomorkartu"],
                "nik": VISIT["nik"],
                "nomorkk": "1604990101900009",
                "nama": "UJI",
                "jeniskelamin": "L",
                "tanggallahir": "1990-01-01",
                "nohp": VISIT["nohp"],
                "alamat": "-",
                "kodeprop": "16",
                "namaprop": "-",
                "kodedati2": "99",
                "namadati2": "-",
                "kodekec": "01",
                "namakec": "-",
                "kodekel": "01",
                "namakel": "-",
                "rw": "1",
                "rt": "1",
            }
            assert read(await http.post("/pasienbaru", json=newcomer)).code == 200
            told = read(await http.post("/ambilantrean", json={**VISIT, "norm": ""}))
            code, label = told["kodebooking"], told["nomorantrean"]
            words = {**VISIT, "kodebooking": code, "nomorantrean": label, "pasienbaru": 1}
            bpjs.hospital.take_mobile(words, bpjs.now_ms())
            moment = {"kodebooking": code, "waktu": to_ms(hospital.clock())}
            assert read(await http.post("/checkinantrean", json=moment)).code == 200
            for queue in (ADMISSION, INTERNAL):
                await hospital.pass_through(queue)
            await hospital.deliver()
            assert list(await hospital.times(label)) == [1, 2, 3, 4, 5]
            assert not hospital.calls("/antrean/add")
