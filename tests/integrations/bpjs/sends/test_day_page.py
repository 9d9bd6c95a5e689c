"""The office's page of what BPJS was told of a day, and of its figures beside ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.run import tending
from queue_service.records.connections import drop_connection
from queue_service.records.roles import Role
from queue_service.web.pages.office import asked
from tests.doubles.bpjs.double import BpjsDouble
from tests.houses import a_visitor
from tests.integrations.bpjs.sends.hospitals import (
    BPJS,
    INSURED,
    KNOWN,
    RSUD,
    TODAY,
    UNINSURED,
    Hospital,
    a_hospital,
    secrets_of,
    settings_of,
)
from tests.integrations.bpjs.sends.test_reports import spend_a_day
from tests.web.offices import Administrator, form_of, signed_in

PAGE = f"/office/connections/{BPJS}/day"


@asynccontextmanager
async def a_day_at_an_office(folder: Path) -> AsyncIterator[tuple[Hospital, Administrator]]:
    async with BpjsDouble() as bpjs, a_hospital(folder, bpjs, settings_of(bpjs, schedules=False)) as hospital:
        await spend_a_day(hospital)
        async with a_visitor(hospital.house) as browser:
            yield hospital, await signed_in(hospital.house, browser, Role.HEAD, RSUD)


def read(page: str) -> str:
    """What is read of it, in one line."""
    body = page.partition("<h1>")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()


async def ask(at: Administrator) -> str:
    answer = await at.fill_in(PAGE)
    assert answer.status_code == 303, answer.text
    return await at.open(answer.headers["location"].partition("#")[0])


async def test_a_head_reads_which_visits_lack_what_in_plain_words(tmp_path: Path) -> None:
    async with a_day_at_an_office(tmp_path) as (_, at):
        assert f'href="{PAGE}"' in await at.open("/office/connections")
        page = await at.open(PAGE)
        told = read(page)
        assert "dalam Kunjungan 3 Lengkap 1 Ada yang kurang 2" in told
        assert "B-002 tanpa task 4: mulai dilayani di poli" in told
        assert "B-003 dilaporkan tidak hadir, padahal kemudian dilayani" in told
        assert "mata Kunjungan 2 Lengkap 0 Ada yang kurang 2" in told
        assert "C-001 tidak terkirim: BPJS menolak /antrean/add: 201 Rujukan tidak valid" in told
        assert "C-002 tidak didaftarkan: nomor kartu dan NIK tidak diketahui" in told
        assert "INT Tahap Menurut BPJS Menurut kami Kunjungan – 3" in told
        assert "Pemeriksaan di poli – 240" in told
        persons = {*KNOWN.values(), *INSURED.values(), *UNINSURED.values()} - {""}
        assert not [value for value in persons if value in page]
        assert "B-002 without task 4: when the examination began" in read(await at.open(f"{PAGE}?lang=en"))
        at.browser.cookies.delete("lang")
        page = await at.open(f"{PAGE}?day={TODAY - timedelta(days=1)}")
        assert "Tidak ada kunjungan yang perlu dilaporkan" in page and "Tidak ada angka untuk hari itu" in page
        for no_day in (TODAY + timedelta(days=1), "2026-02-30"):
            page = await at.open(f"{PAGE}?day={no_day}")
            assert f'value="{TODAY}"' in page and "B-002" in page


async def test_its_figures_are_asked_for_by_whoever_has_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "ANSWER_SECONDS", 0.1)
    async with a_day_at_an_office(tmp_path) as (hospital, at):
        assert "Pertanyaannya belum dikirim" in await ask(at)
        monkeypatch.setattr(asked, "ANSWER_SECONDS", 30.0)
        async with tending(hospital.house, environment={}):
            assert "ANTREAN_CONNECTION_BPJS_SECRET belum diisi" in await ask(at)
        async with tending(hospital.house, environment=secrets_of(hospital.bpjs)):
            told = read(await ask(at))
        assert "Ditanyakan 23 Nov 2026" in told
        assert "Kunjungan 3 3" in told
        assert "Pemeriksaan di poli 240 240" in told
        form = form_of(await at.open(PAGE))
        await hospital.house.database.write(lambda connection: drop_connection(connection, BPJS))
        assert (await at.browser.get(PAGE)).status_code == 404
        assert (await at.send(PAGE, form)).status_code == 404
