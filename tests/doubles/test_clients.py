"""Clients that others wrote, unchanged, before the double of BPJS."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pythonbpjs import bpjs

from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.hospitals import CARD, NINE_MS, a_booking

HERE = Path(__file__).parent
INSTALLED = HERE / "build" / "jkn"
PATIENCE = 60  # seconds

DAY, CODE = "2026-11-23", "2026/11/23/000001"
BOOKING = a_booking(kodebooking=CODE, kodedokter="100001")
VISIT = {
    "nomorkartu": CARD,
    "nik": BOOKING["nik"],
    "nohp": "",
    "kodepoli": "001",
    "namapoli": "POLI UMUM",
    "norm": "1",
    "tanggalperiksa": DAY,
    "kodedokter": 200001,
    "namadokter": "DOKTER UMUM",
    "jampraktek": "08:00-14:00",
    "nomorantrean": "A-1",
    "angkaantrean": 1,
    "keterangan": "",
}
KEY = {"tanggalperiksa": DAY, "kodepoli": "001", "nomorkartu": CARD}
CALLS: Sequence[tuple[str, str, Any, int]] = [  # with the code that is success
    ("antrean", "refPoli", None, 1),
    ("antrean", "refDokter", None, 1),
    ("antrean", "refPoliFp", None, 1),
    ("antrean", "refPasienFp", {"jenis": "noka", "nomor": CARD}, 1),
    ("antrean", "refJadwalDokter", {"poli": "MAT", "tanggal": DAY}, 200),
    (
        "antrean",
        "updateJadwalDokter",
        {
            "kodepoli": "ANA",
            "kodesubspesialis": "ANA",
            "kodedokter": 100001,
            "jadwal": [{"hari": "1", "buka": "08:00", "tutup": "10:00"}],
        },
        200,
    ),
    ("antrean", "tambah", BOOKING, 200),
    ("antrean", "belumDilayani", None, 200),
    ("antrean", "belumDilayaniPredikat", {"poli": "ANA", "dokter": "100001", "hari": 1, "jam": "08:00-12:00"}, 200),
    ("antrean", "updateWaktu", {"kodebooking": CODE, "taskid": 3, "waktu": NINE_MS}, 200),
    ("antrean", "updateWaktu", {"kodebooking": CODE, "taskid": 4, "waktu": NINE_MS + 60_000}, 200),
    (
        "antrean",
        "tambahFarmasi",
        {"kodebooking": CODE, "jenisresep": "racikan", "nomorantrean": 7, "keterangan": ""},
        200,
    ),
    ("antrean", "listTaskId", {"kodeBooking": CODE}, 200),
    ("antrean", "dashboardPerTanggal", {"tanggal": DAY, "waktu": "rs"}, 200),
    ("antrean", "dashboardPerBulan", {"bulan": 11, "tahun": 2026, "waktu": "server"}, 200),
    ("antrean", "perTanggal", DAY, 200),
    ("antrean", "perKodeBooking", CODE, 200),
    ("antrean", "batal", {"kodebooking": CODE, "keterangan": "Berhalangan"}, 200),
    ("antreanFktp", "refPoli", {"tanggal": DAY}, 1),
    ("antreanFktp", "refDokter", {"kodePoli": "001", "tanggal": DAY}, 1),
    ("antreanFktp", "tambah", VISIT, 200),
    ("antreanFktp", "updateStatus", {**KEY, "status": 1, "waktu": NINE_MS}, 200),
    ("antreanFktp", "batal", {**KEY, "alasan": "Berhalangan"}, 200),
]


async def test_7_02_every_call_of_the_javascript_client_gets_a_valid_answer() -> None:
    if not (INSTALLED / ".ready").exists():
        lacking = INSTALLED / ".lacking"
        assert lacking.exists(), "`make client` installs the client, or says why it cannot"
        pytest.skip(lacking.read_text().strip())
    async with BpjsDouble() as double:
        answers = await _by_javascript(double)
    about = [answer["metadata" if "metadata" in answer else "metaData"] for answer in answers]
    assert [(call, said["code"]) for (_, call, _, _), said in zip(CALLS, about, strict=True)] == [
        (call, code) for _, call, _, code in CALLS
    ]
    inside: dict[str, Any] = {
        f"{service}.{call}": answer.get("response") for (service, call, *_), answer in zip(CALLS, answers, strict=True)
    }
    assert inside["antrean.refPasienFp"]["nomorkartu"] == CARD
    assert [task["taskid"] for task in inside["antrean.listTaskId"]] == [3, 4]
    assert inside["antrean.dashboardPerTanggal"]["list"][0]["avg_waktu_task3"] == 60
    assert inside["antrean.perKodeBooking"][0]["kodebooking"] == CODE
    assert inside["antreanFktp.refDokter"]["list"][0]["kodedokter"] == 200001
    lists = (
        "refPoli",
        "refDokter",
        "refPoliFp",
        "refJadwalDokter",
        "perTanggal",
        "belumDilayani",
        "belumDilayaniPredikat",
    )
    assert all(isinstance(inside[f"antrean.{name}"], list) and inside[f"antrean.{name}"] for name in lists)


async def _by_javascript(double: BpjsDouble) -> list[dict[str, Any]]:
    known = double.credentials
    config = {
        "consId": known.cons_id,
        "consSecret": known.secret,
        "antreanUserKey": known.user_key,
        "pcareUserKey": known.user_key,
        "baseUrls": {
            "antrean": {"development": double.hospital_url},
            "pcare": {"development": double.puskesmas_url},
        },
        "mode": "development",
    }
    calls = [[service, call, *([] if value is None else [value])] for service, call, value, _ in CALLS]
    process = await asyncio.create_subprocess_exec(
        *("node", str(HERE / "jkn" / "every-call.mjs"), str(INSTALLED), json.dumps({"config": config, "calls": calls})),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    answers: list[dict[str, Any]] = json.loads(printed)
    return answers


async def test_7_02_an_independent_python_client_gets_valid_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither strips the padding nor knows of `metadata`'s spelling from us; and it labels its bodies as a form."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with BpjsDouble() as double:
        known = double.credentials
        credential = {"consid": known.cons_id, "secret": known.secret, "user_key": known.user_key}

        async def ask(endpoint: str, method: str = "get", payload: Any = "", *, is_encrypt: int = 1) -> Any:
            given = {**credential, "host": double.hospital_url, "is_encrypt": is_encrypt}
            return await asyncio.to_thread(bpjs.bridging, given, endpoint, method, payload)

        clinics = await ask("ref/poli")
        assert (clinics["metaData"]["code"], clinics["response"][0]["nmpoli"]) == (1, "ANAK")
        assert (await ask("antrean/add", "post", BOOKING))["metaData"]["code"] == 200
        for task in (3, 4):
            told = {"kodebooking": CODE, "taskid": str(task), "waktu": str(NINE_MS)}
            assert (await ask("antrean/updatewaktu", "post", told))["metaData"]["code"] == 200
        tasks = await ask("antrean/getlisttask", "post", {"kodebooking": CODE})
        assert [task["taskid"] for task in tasks["response"]] == [3, 4]
        waits = await ask(f"dashboard/waktutunggu/tanggal/{DAY}/waktu/rs", is_encrypt=0)
        assert waits["response"]["list"][0]["jumlah_antrean"] == 1
        assert double.hospital.bookings[CODE].tasks.keys() == {3, 4}
