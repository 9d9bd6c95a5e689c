"""The double of BPJS at the wire: asked as the specification says, with nothing of our own client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from lzstring import LZString

from tests.doubles.bpjs.double import HOSPITAL, BpjsDouble
from tests.doubles.bpjs.lzstring import compress
from tests.doubles.web import Request
from tests.integrations.bpjs.hospitals import CARD, NINE_MS, a_booking

NOW = NINE_MS // 1000
CODE = a_booking()["kodebooking"]
IMPORT = re.compile(r"\s*(?:from|import) \w").match


def _signed(double: BpjsDouble, now: int = NOW) -> dict[str, str]:
    known = double.credentials
    digest = hmac.new(known.secret.encode(), f"{known.cons_id}&{now}".encode(), hashlib.sha256).digest()
    return {
        "x-cons-id": known.cons_id,
        "x-timestamp": str(now),
        "x-signature": base64.b64encode(digest).decode(),
        "user_key": known.user_key,
    }


@dataclass
class Asker:
    """Signs and opens by itself."""

    double: BpjsDouble
    http: httpx2.AsyncClient
    now: int = NOW

    async def ask(self, path: str, body: Any = None, *, base: str | None = None, **headers: str) -> Any:
        """The whole answer, with what was sealed opened."""
        changed = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        signed = {**_signed(self.double, self.now), **changed}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        url = (base or self.double.hospital_url) + path
        answer = await self.http.request("GET" if body is None else "POST", url, content=content, headers=signed)
        assert answer.status_code == 200
        said = answer.json()
        if isinstance(said["response"], str):
            said["response"] = self._opened(said["response"])
        return said

    def _opened(self, sealed: str) -> Any:
        known = self.double.credentials
        key = hashlib.sha256(f"{known.cons_id}{known.secret}{self.now}".encode()).digest()
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        padded = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        return json.loads(LZString().decompressFromEncodedURIComponent(padded[: -padded[-1]].decode()))

    async def told(self, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        about = (await self.ask(path, body, **headers))["metadata"]
        return about["code"], about["message"]

    async def task(self, number: Any, at_ms: Any, code: str = CODE) -> tuple[int, str]:
        return await self.told("/antrean/updatewaktu", {"kodebooking": code, "taskid": number, "waktu": at_ms})


@pytest.fixture
async def asker() -> AsyncIterator[Asker]:
    async with BpjsDouble(clock=lambda: NOW) as double, httpx2.AsyncClient(verify=False) as http:
        yield Asker(double, http)


def test_the_double_shares_no_code_with_what_it_tries() -> None:
    sources = [path for path in Path(__file__).parent.rglob("*.py") if not path.name.startswith("test_")]
    imported = {
        line.split()[1] for path in sources for line in path.read_text(encoding="utf-8").splitlines() if IMPORT(line)
    }
    assert "tests.doubles.web" in imported
    assert not any(name.startswith(("integrations", "queue_service")) for name in imported)


# Who may ask


async def test_what_is_signed_is_answered_and_sealed(asker: Asker) -> None:
    said = await asker.ask("/ref/dokter")
    assert said["metadata"] == {"code": 1, "message": "Ok"}
    assert {"kodedokter": 100001, "namadokter": "DOKTER ANAK"} in said["response"]


@pytest.mark.parametrize("header", ["X_Cons_Id", "X_Timestamp", "X_Signature"])
async def test_what_is_not_signed_right_is_not(asker: Asker, header: str) -> None:
    code, _ = await asker.told("/ref/dokter", **{header: "1"})
    assert code == 401


@pytest.mark.parametrize(("seconds", "code"), [(-300, 1), (300, 1), (-301, 401), (301, 401)])
async def test_a_clock_may_be_five_minutes_wrong(asker: Asker, seconds: int, code: int) -> None:
    asker.now += seconds
    assert (await asker.told("/ref/dokter"))[0] == code


@pytest.mark.parametrize(("given", "code"), [("Basic cGttdWppOlNhbmRpIzE6MDk1", 1), ("Basic c2FsYWg=", 401)])
async def test_a_puskesmas_is_known_by_its_account_too(asker: Asker, given: str, code: int) -> None:
    said = await asker.ask("/ref/poli/tanggal/2026-11-23", base=asker.double.puskesmas_url, X_Authorization=given)
    assert said["metaData"]["code"] == code


# What is taken


@pytest.mark.parametrize("label", ["application/json", "Application/x-www-form-urlencoded", "text/plain"])
async def test_7_03_a_body_is_taken_with_any_content_type(asker: Asker, label: str) -> None:
    assert await asker.told("/antrean/add", a_booking(), Content_Type=label) == (200, "Ok")


@pytest.mark.parametrize("as_text", [False, True])
async def test_7_03_numbers_are_taken_as_such_and_as_text(asker: Asker, as_text: bool) -> None:
    def number(value: int) -> Any:
        return str(value) if as_text else value

    assert await asker.told("/antrean/add", {**a_booking(), "kodedokter": number(100001)}) == (200, "Ok")
    assert await asker.task(number(3), number(NINE_MS)) == (200, "Ok")
    assert asker.double.hospital.bookings[CODE].tasks[3].at_ms == NINE_MS


async def test_7_03_paths_are_taken_apart_before_they_are_decoded(asker: Asker) -> None:
    code = "2022/03/22/000001"
    await asker.told("/antrean/add", a_booking(kodebooking=code))
    said = await asker.ask("/antrean/pendaftaran/kodebooking/2022%2F03%2F22%2F000001")
    assert [item["kodebooking"] for item in said["response"]] == [code]
    hours = "/antrean/pendaftaran/kodepoli/ANA/kodedokter/100001/hari/1/jampraktek/08%3A00-12%3A00"
    assert len((await asker.ask(hours))["response"]) == 1


async def test_a_path_that_does_not_exist_is_no_call(asker: Asker) -> None:
    answer = await asker.http.get(asker.double.hospital_url + "/antrean/lain")
    assert answer.status_code == 404
    assert not asker.double.told


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kodebooking": ""}, "kodebooking tidak boleh kosong"),
        ({"kodedokter": "dua"}, "kodedokter tidak sesuai"),
        ({"kodedokter": True}, "kodedokter tidak sesuai"),
        ({"pasienbaru": 2}, "pasienbaru tidak sesuai"),
        ({"jeniskunjungan": 5}, "jeniskunjungan tidak sesuai"),
        ({"tanggalperiksa": "23-11-2026"}, "yyyy-mm-dd"),
        ({"tanggalperiksa": "2026-02-30"}, "yyyy-mm-dd"),
        ({"estimasidilayani": NOW}, "milidetik"),
        ({"nomorkartu": "123"}, "13 digit"),
        ({"nomorreferensi": ""}, "Rujukan tidak valid"),
        ({"jenispasien": "UMUM"}, "jenispasien tidak sesuai"),
        ({"jenispasien": "NON JKN", "nomorreferensi": ""}, "harus kosong"),
        ({"jampraktek": "09:00-12:00"}, "Jadwal dokter tidak ditemukan"),
        ({"kodepoli": "MAT"}, "Jadwal dokter tidak ditemukan"),
        ({"nik": None}, "nik tidak sesuai"),
    ],
)
async def test_a_booking_that_is_not_right_is_refused(asker: Asker, changes: dict[str, Any], text: str) -> None:
    code, message = await asker.told("/antrean/add", a_booking(**changes))
    assert code == 201
    assert text in message
    assert not asker.double.hospital.bookings


@pytest.mark.parametrize("changes", [{}, {"nomorkartu": "-", "nomorreferensi": "-"}, {"nomorkartu": ""}])
async def test_who_is_not_insured_is_taken_without_a_card(asker: Asker, changes: dict[str, str]) -> None:
    booking = a_booking(**{"jenispasien": "NON JKN", "nomorkartu": "", "nomorreferensi": "", **changes})
    assert await asker.told("/antrean/add", booking) == (200, "Ok")


async def test_blanks_around_the_dash_do_not_matter(asker: Asker) -> None:
    assert await asker.told("/antrean/add", a_booking(jampraktek="13:00-16:00")) == (200, "Ok")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"kodebooking=1", "{'é'".encode()])
async def test_a_body_that_is_no_object_is_refused(asker: Asker, body: bytes) -> None:
    assert await asker.told("/antrean/add", body) == (201, "Format JSON tidak sesuai")


async def test_the_same_booking_again_is_a_duplicate(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    assert await asker.told("/antrean/add", a_booking(namapoli="LAIN")) == (208, "Terdapat duplikasi Kode Booking")
    assert asker.double.hospital.bookings[CODE].fields["namapoli"] == "ANAK"


# The order of the tasks


async def test_who_is_known_begins_with_the_third_task(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    assert await asker.task(4, NINE_MS) == (201, "TaskId=3 belum ada")
    for task in (3, 4, 5, 6, 7):
        assert await asker.task(task, NINE_MS + task) == (200, "Ok")


async def test_who_is_new_begins_with_the_first(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking(pasienbaru=1))
    assert await asker.task(3, NINE_MS) == (201, "TaskId=1 belum ada")
    for task in (1, 2, 3):
        assert await asker.task(task, NINE_MS) == (200, "Ok")


async def test_tasks_go_neither_twice_nor_back(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    await asker.task(3, NINE_MS)
    await asker.task(4, NINE_MS)
    assert await asker.task(4, NINE_MS + 1) == (208, "TaskId=4 sudah ada")
    assert await asker.task(2, NINE_MS) == (201, "TaskId terakhir 4")
    assert await asker.task(5, NINE_MS - 1) == (201, "Waktu tidak boleh kurang dari waktu sebelumnya")
    assert await asker.task(8, NINE_MS) == (201, "taskid tidak sesuai")
    assert await asker.task(5, NOW) == (201, "waktu tidak sesuai, harus dalam milidetik")
    assert {task: told.at_ms for task, told in asker.double.hospital.bookings[CODE].tasks.items()} == {
        3: NINE_MS,
        4: NINE_MS,
    }


@pytest.mark.parametrize("before", [[], [3], [3, 4]])
async def test_after_99_nothing_is_taken(asker: Asker, before: list[int]) -> None:
    await asker.told("/antrean/add", a_booking())
    for task in (*before, 99):
        assert await asker.task(task, NINE_MS) == (200, "Ok")
    assert await asker.task(5, NINE_MS) == (201, "TaskId terakhir 99")
    assert await asker.task(99, NINE_MS) == (208, "TaskId=99 sudah ada")


async def test_after_a_cancellation_only_99_is_taken(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    wish = {"kodebooking": CODE, "keterangan": "Berhalangan"}
    assert await asker.told("/antrean/batal", wish) == (200, "Ok")
    assert await asker.told("/antrean/batal", wish) == (201, "Antrean sudah dibatalkan")
    assert await asker.task(3, NINE_MS) == (201, "TaskId terakhir 99")
    assert await asker.task(99, NINE_MS) == (200, "Ok")


async def test_of_a_booking_that_nobody_announced_nothing_is_taken(asker: Asker) -> None:
    assert await asker.task(3, NINE_MS, "lain") == (201, "Kode Booking tidak ditemukan")
    await asker.http.post(
        asker.double.web.url + "/_mobile", json={"kodebooking": "lain", "tanggalperiksa": "2026-11-23"}
    )
    assert await asker.task(3, NINE_MS, "lain") == (200, "Ok")
    [found] = (await asker.ask("/antrean/pendaftaran/kodebooking/lain"))["response"]
    assert (found["sumberdata"], found["status"]) == ("Mobile JKN", "Belum dilayani")


async def test_the_pharmacy_is_told_once(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    wish = {"kodebooking": CODE, "jenisresep": "racikan", "nomorantrean": "7", "keterangan": ""}
    assert await asker.told("/antrean/farmasi/add", {**wish, "jenisresep": "Racikan"}) == (
        201,
        "jenisresep tidak sesuai",
    )
    assert await asker.told("/antrean/farmasi/add", wish) == (200, "Ok")
    assert await asker.told("/antrean/farmasi/add", wish) == (201, "Antrean farmasi sudah ada")


async def test_nothing_found_has_a_code_of_its_own(asker: Asker) -> None:
    for path in ("/antrean/pendaftaran/aktif", "/dashboard/waktutunggu/tanggal/2026-11-23/waktu/rs"):
        assert await asker.told(path) == (204, "No Content")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
FIELDS = [*a_booking(), "taskid", "waktu", "jenisresep", "jadwal", "alasan", "status"]
PATHS = [
    (base, method, path)
    for base, routes in BpjsDouble().routes.items()
    for method, paths in routes.items()
    for path in paths
]


@settings(deadline=None)
@given(st.sampled_from(PATHS), st.dictionaries(st.sampled_from(FIELDS), JSON), st.text(max_size=10))
def test_whatever_is_asked_gets_an_answer(asked: tuple[str, str, str], changes: dict[str, Any], value: str) -> None:
    base, method, path = asked
    double = BpjsDouble(clock=lambda: NOW)
    double.hospital.add(a_booking(), NINE_MS)
    body = {**a_booking(), "taskid": 3, "waktu": NINE_MS, "alasan": "x", "status": 1, "jadwal": [], **changes}
    request = Request(
        method, base + path.replace("*", quote(value, safe="")), _signed(double), json.dumps(body).encode()
    )
    answer = double._answer(base, request)
    said = json.loads(answer.body)
    assert said["metadata" if base == HOSPITAL else "metaData"]["code"] in (1, 200, 201, 204, 208)


# Outages, and what a person sees


async def test_an_answer_that_is_lost_had_its_effect(asker: Asker) -> None:
    await asker.http.post(asker.double.web.url + "/_outage", json={"kind": "lost-answer", "times": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        await asker.told("/antrean/add", a_booking())
    assert (await asker.told("/antrean/add", a_booking()))[0] == 208


@pytest.mark.parametrize("kind", ["down", "html", "500"])
async def test_while_it_is_away_nothing_has_an_effect(asker: Asker, kind: str) -> None:
    switch = asker.double.web.url + "/_outage"
    await asker.http.post(switch, json={"kind": kind})
    try:
        answer = await asker.http.post(asker.double.hospital_url + "/antrean/add", content=b"{}")
    except httpx2.RemoteProtocolError:
        assert kind == "down"
    else:
        assert (answer.status_code, kind) in ((502, "html"), (500, "500"))
    assert (await asker.http.get(switch)).json()["kind"] == kind
    await asker.http.post(switch, json={"kind": "none"})
    assert not asker.double.told
    assert await asker.told("/antrean/add", a_booking()) == (200, "Ok")


async def test_an_outage_ends_by_itself(asker: Asker) -> None:
    asker.double.outages.begin("500", seconds=0)
    assert (await asker.told("/ref/poli"))[0] == 1


async def test_an_outage_of_no_kind_is_refused(asker: Asker) -> None:
    answer = await asker.http.post(asker.double.web.url + "/_outage", json={"kind": "asleep"})
    assert (answer.status_code, "expected one of down" in answer.text) == (400, True)


async def test_what_it_was_told_can_be_looked_at(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking(namapoli="<ANAK>"))
    await asker.task(3, NINE_MS)
    told = (await asker.http.get(asker.double.web.url + "/_told")).json()
    assert told["bookings"][CODE]["tasks"] == {"3": NINE_MS}
    assert [(call["path"], call["code"]) for call in told["calls"]] == [
        ("/antreanrs/antrean/add", 200),
        ("/antreanrs/antrean/updatewaktu", 200),
    ]
    page = (await asker.http.get(asker.double.web.url + "/")).text
    assert CODE in page and "&lt;ANAK&gt;" in page and CARD not in page
    switched = await asker.http.post(asker.double.web.url + "/_outage", data={"kind": "down"})
    assert switched.status_code == 303
    assert "Gangguan: Mati" in (await asker.http.get(asker.double.web.url + "/")).text


async def test_stopped_and_started_again_it_knows_what_it_knew(asker: Asker) -> None:
    await asker.told("/antrean/add", a_booking())
    await asker.double.web.stop()
    with pytest.raises(httpx2.HTTPError):
        await asker.told("/antrean/add", a_booking())
    await asker.double.web.start()
    assert (await asker.told("/antrean/add", a_booking()))[0] == 208


# LZ-String as JavaScript writes it


@pytest.mark.parametrize(
    ("plain", "compressed"),
    [('{"n":"😀"}', "N4IgdiBcKLwbgAeyAvkA"), ("a", "IZA"), ("A-21", "IIWgTAjEA"), ("", "Q")],
)
def test_7_01_vectors_are_compressed_to_the_letter(plain: str, compressed: str) -> None:
    assert compress(plain) == compressed


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=200))
def test_it_compresses_as_the_library_does(text: str) -> None:
    assert compress(text) == LZString().compressToEncodedURIComponent(text)
