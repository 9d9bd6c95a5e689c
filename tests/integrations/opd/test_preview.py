"""What would happen, looked at beforehand: at the office, by a command, and never done."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from integrations.opd.printing import CannotLook, lines_of, preview_lines, read_sample
from integrations.trying import answer_question
from queue_service.domain.actions import Issue
from queue_service.records.questions import ask
from queue_service.records.roles import Role
from tests.doubles.opd import AgencySystem
from tests.houses import a_visitor
from tests.integrations.opd.agencies import ENVIRONMENT, ID, MAPPING, TOKEN, Agency, an_agency, record
from tests.web.offices import Administrator, signed_in

SAMPLE = [
    record("R-1", nama="Warga", hp="081234567890"),
    record("R-2", "JANJI", tanggal="24-11-2026", jam="10:00"),
    record("R-3", "JANJI", tanggal="24-11-2026", jam="10:10"),
    record("R-1", "PANGGIL", loket="1"),
    record("R-4", layanan="99"),
    record("R-5", "BATAL"),
]
EXPECTED = [
    "R-1  issue kantor ktp 2026-11-23 (with name, phone) → issue: A-001",
    "R-2  book kantor ktp 2026-11-24 10:00 → book: A-001",
    "R-3  book kantor ktp 2026-11-24 10:10 → refused: slot: no appointment begins at that time.",
    "R-1  call kantor ktp at 1 2026-11-23 → call: A-001",
    "(5)  not understood → refused: queue: “99” stands in no line of “values”",
    "R-5  cancel kantor ktp → nothing is known here of this id",
    "6 looked at, 2 of which would be refused. Nothing was changed.",
]


async def test_a_sample_is_tried_one_after_the_other_and_changes_nothing(tmp_path: Path) -> None:
    async with an_agency(tmp_path, "opd-webhook", {"mapping": MAPPING}) as agency:
        found = await agency.settings.preview_of(agency.opening, SAMPLE)
        assert list(lines_of(found)) == EXPECTED
        assert await agency.kinds() == [] and await agency.known("R-1") is None
        await agency.act(Issue("ktp"))
        (first, *_) = await agency.settings.preview_of(agency.opening, SAMPLE)
        assert first.label == "A-002"


async def test_the_command_reads_a_sample_and_says_why_it_cannot(tmp_path: Path) -> None:
    sample = tmp_path / "sample.json"
    sample.write_text(json.dumps(SAMPLE))
    async with an_agency(tmp_path / "data", "opd-webhook", {"mapping": MAPPING}) as agency:
        assert await preview_lines(agency.house, ID, read_sample(sample)) == EXPECTED
        with pytest.raises(CannotLook, match="dinas: What comes by itself cannot be looked at beforehand"):
            await preview_lines(agency.house, ID, None)
        with pytest.raises(CannotLook, match=r"There is no connection “lain”\. Set up are: dinas\."):
            await preview_lines(agency.house, "lain", [])
    sample.write_text("[1, 2]")
    with pytest.raises(CannotLook, match="expected an object, or a list of them"):
        read_sample(sample)


async def look(at: Administrator, agency: Agency) -> str:
    """As the office does, where somebody serves the connections."""
    day = agency.clock.now.date()
    await agency.house.database.write(lambda connection: ask(connection, ID, day, 0))
    await answer_question(agency.opening.plan, agency.house, ENVIRONMENT, day)
    page = await at.open(f"/office/connections/{ID}/preview")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


async def test_the_office_sees_what_would_come_of_the_records_that_are_there(tmp_path: Path) -> None:
    system = AgencySystem(f"Bearer {TOKEN}", visits=SAMPLE)
    async with system.server() as server:
        settings: dict[str, Any] = {"allow_private": True, "mapping": MAPPING}
        settings["pull"] = {"url": f"{server.url}/kunjungan", "records": "hasil.data"}
        async with an_agency(tmp_path, "opd-rest", settings) as agency, a_visitor(agency.house) as browser:
            at = await signed_in(agency.house, browser, Role.ADMINISTRATOR)
            assert f'href="/office/connections/{ID}/preview"' in await at.open("/office/connections")
            told = await look(at, agency)
            for words in (
                "R-1 nomor dengan nama, telepon Kantor · KTP 23 Nov 2026 mendapat nomor A-001",
                "Ditolak: queue: “99” tidak ada di baris mana pun dari “values”",
                "Ditolak: slot: tidak ada janji temu yang dimulai pada jam itu.",
                "A-001 dipanggil",
                "tidak ada yang dikenal di sini dengan id ini",
            ):
                assert words in told, told
            assert "Warga" not in told and "0812" not in told
            system.token = "another"
            assert "jawabannya 401 Unauthorized" in await look(at, agency)
            assert await agency.kinds() == []
