"""Whatever is sent, there is an answer in the envelope: never a fault of ours, and the sentence of what is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.bpjs.answers.paths import Family, Service, method_of
from integrations.bpjs.answers.replies import FAILURE
from tests.houses import NINE
from tests.integrations.bpjs.answers.hospitals import (
    CARD,
    MORNING,
    TODAY,
    TOMORROW,
    MobileJkn,
    a_hospital,
    a_visit,
    ms,
    read,
)
from tests.integrations.bpjs.answers.test_ladder import a_patient

NASTY = st.sampled_from(
    [
        "' OR '1'='1' --",
        "'; DROP TABLE people; --",
        "<script>alert(1)</script>",
        "\x00",
        "\ud800",
        "${jndi:ldap://x}",
        "../../etc/passwd",
        "%00%0a",
        "9" * 5000,
        "2026-13-45",
        "0000-00-00",
        "9999-12-31",
        "25:99-99:00",
        "٢٠٢٦-١١-٢٤",
        "1e400",
        "a\nb",
        ".",
    ]
)
SCALARS = st.one_of(
    NASTY,
    st.text(max_size=20),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.booleans(),
    st.none(),
)
JUNK = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=5), SCALARS, max_size=3))

BODIES: dict[Service, dict[str, Any]] = {
    Service.TAKE: a_visit(),
    Service.STATUS: {"kodepoli": "INT", "kodedokter": 12346, "tanggalperiksa": TOMORROW, "jampraktek": MORNING},
    Service.REMAINING: {"kodebooking": "ABCDEFGHJKMNPQ"},
    Service.CANCEL: {"kodebooking": "ABCDEFGHJKMNPQ", "keterangan": "x"},
    Service.CHECK_IN: {"kodebooking": "ABCDEFGHJKMNPQ", "waktu": ms(NINE)},
    Service.ENROL: a_patient(),
    Service.THEATRE: {"tanggalawal": TODAY, "tanggalakhir": TOMORROW},
    Service.THEATRE_OF_PATIENT: {"nopeserta": CARD},
    Service.TAKE_PHARMACY: {"kodebooking": "ABCDEFGHJKMNPQ"},
    Service.PHARMACY_STATUS: {"kodebooking": "ABCDEFGHJKMNPQ"},
}
FKTP_BODIES: dict[Service, dict[str, Any]] = {
    Service.TAKE: a_visit(),
    Service.CANCEL: {"nomorkartu": CARD, "kodepoli": "INT", "tanggalperiksa": TOMORROW},
    Service.ENROL: a_patient(),
}
OPEN = ("Kuota", "Nomor Antrean", "sudah terdaftar")  # what is said once nothing is wrong
BOOKING = ("Kode Booking", "Data Booking", "Antrean")
# What a wrong field is answered with: one of the words, where the others are right.
WORDS = {
    "nomorkartu": ("Nomor Kartu", "Antrean tidak ditemukan"),
    "nik": ("NIK",),
    "nohp": ("No.HP",),
    "kodepoli": ("Poli",),
    "kodedokter": ("Dokter", "Pendaftaran"),
    "tanggalperiksa": ("Tanggal", "Pendaftaran", "Antrean tidak ditemukan"),
    "jampraktek": ("Jam Praktek", "Pendaftaran"),
    "jeniskunjungan": ("Jenis Kunjungan",),
    "nomorreferensi": ("Nomor Referensi",),
    "norm": ("Nomor Rekam Medis",),
    "kodebooking": BOOKING,
    "keterangan": ("Keterangan", *BOOKING),
    "waktu": ("Waktu", *BOOKING),
    "tanggalawal": ("Tanggal", "tanggal"),
    "tanggalakhir": ("Tanggal", "tanggal"),
    "nopeserta": ("Nomor Peserta", "jadwal operasi"),
    "nomorkk": ("Nomor KK",),
    "nama": ("Nama",),
    "jeniskelamin": ("Jenis Kelamin",),
    "tanggallahir": ("Tanggal Lahir",),
}
ABOUT_THEM = ("tidak boleh kosong",)
QUIET = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@contextmanager
def asked(folder: Path, family: Family) -> Iterator[tuple[asyncio.Runner, MobileJkn]]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        yield runner, runner.run(stack.enter_async_context(a_hospital(folder, family=family)))
        runner.run(stack.aclose())


def as_text(body: object) -> str:
    return json.dumps(body)  # lone surrogates are escaped, and NaN is written, as some clients do


@pytest.mark.parametrize("family", list(Family))
def test_one_field_that_is_anything_gets_its_own_sentence(tmp_path: Path, family: Family) -> None:
    bodies = FKTP_BODIES if family is Family.FKTP else BODIES
    fields = [(service, key) for service, body in bodies.items() for key in body]
    with asked(tmp_path, family) as (runner, jkn):

        @QUIET
        @given(st.sampled_from(fields), JUNK)
        def check(field: tuple[Service, str], junk: Any) -> None:
            service, key = field
            content = as_text(bodies[service] | {key: junk})
            how, address = method_of(service, family), jkn.settings.all_paths[service]
            told = read(runner.run(jkn.http.request(how, address, headers=jkn.headers, content=content)))
            assert told.status == 200 and told.code in (200, 201), told
            if told.code == 201:
                words = (*WORDS.get(key, ABOUT_THEM), *OPEN)
                assert any(word in told.message for word in words), (key, told)
                assert told.message.isprintable() and len(told.message) < 150

        check()


@pytest.mark.parametrize("family", list(Family))
def test_any_body_at_all_is_answered(tmp_path: Path, family: Family) -> None:
    bodies = st.one_of(
        st.binary(max_size=60),
        JUNK.map(lambda value: as_text(value).encode()),
        st.just(b"[" * 10_000),
        st.just(b'{"a":' * 2_000),
        st.dictionaries(st.sampled_from(sorted(WORDS)), JUNK).map(lambda body: as_text(body).encode()),
    )
    with asked(tmp_path, family) as (runner, jkn):
        services = [service for service, path in jkn.settings.all_paths.items() if "{" not in path]

        @QUIET
        @given(st.sampled_from(services), bodies)
        def check(service: Service, content: bytes) -> None:
            how, address = method_of(service, family), jkn.settings.all_paths[service]
            told = read(runner.run(jkn.http.request(how, address, headers=jkn.headers, content=content)))
            assert told.status == 200 and told.code in (200, 201), told

        check()


def test_any_words_in_the_address_of_a_puskesmas_are_answered(tmp_path: Path) -> None:
    words = st.one_of(NASTY, st.text(min_size=1, max_size=20)).filter(lambda text: "\ud800" not in text)
    with asked(tmp_path, Family.FKTP) as (runner, jkn):

        @QUIET
        @given(words, words, words)
        def check(card: str, poli: str, day: str) -> None:
            for address in (
                f"/antrean/sisapeserta/{_(card)}/{_(poli)}/{_(day)}",
                f"/antrean/status/{_(poli)}/{_(day)}",
            ):
                told = read(runner.run(jkn.http.get(address, headers=jkn.headers)))
                assert (told.status, told.code) == (200, 201) and told.message != FAILURE

        check()


def _(text: str) -> str:
    return quote(text, safe="", errors="replace")


def test_any_headers_are_refused_in_words(tmp_path: Path) -> None:
    values = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=300)
    with asked(tmp_path, Family.KHANZA) as (runner, jkn):

        @QUIET
        @given(values, values)
        def check(one: str, other: str) -> None:
            for names in (("x-username", "x-password"), ("x-username", "x-token")):
                given_ = {
                    name.encode(): value.encode("latin-1") for name, value in zip(names, (one, other), strict=True)
                }
                how, address = ("GET", "/auth") if "x-password" in names else ("POST", "/ambilantrean")
                told = read(runner.run(jkn.http.request(how, address, headers=given_)))
                assert (told.status, told.code) == (200, 201)

        check()
