"""A folder into which lists are dropped: each is taken once it is complete, and put away with a report."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Looked, Undelivered
from integrations.opd.files.poller import FilesPoller
from integrations.opd.lists import AT_ONCE
from queue_service.domain.events import Issued
from queue_service.domain.tickets import Status
from tests.integrations.opd.agencies import MAPPING, Agency, an_agency

Workbook = import_module("openpyxl").Workbook  # it says nothing of its types

HEAD = "nomor;status;layanan;tanggal;jam;loket;nama;hp\n"
GOOD = f"{HEAD}R-1;DAFTAR;01;;;;Warga;081234567890\nR-2;JANJI;01;24-11-2026;10:00;;;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "masuk"
    made.mkdir()
    return made


def settings_of(folder: Path, **more: Any) -> dict[str, Any]:
    return {"folder": str(folder), "complete": "done", "mapping": MAPPING, **more}


def drop(folder: Path, name: str, content: str | bytes) -> None:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / f"{name}.done").touch()


async def look(agency: Agency) -> Looked:
    poller = agency.settings.poller(agency.opening)
    assert isinstance(poller, FilesPoller)
    looked = await poller.look()
    await poller.close()
    return looked


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def report(folder: Path, name: str) -> str:
    return (folder / f"{name}.report.txt").read_text()


async def test_files_are_taken_in_order_and_the_same_again_changes_nothing(tmp_path: Path, folder: Path) -> None:
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        drop(folder, "2.csv", f"{HEAD}R-1;BATAL;01;;;;;\n")
        drop(folder, "1.csv", GOOD)
        (folder / "3.csv").write_text(GOOD)  # whose writer is not done yet
        assert (await look(agency)).taken == 3
        assert names(folder) == ["3.csv", *(f"done/{n}.csv{end}" for n in (1, 2) for end in ("", ".report.txt"))]
        assert (await agency.ticket("R-1")).status is Status.CANCELLED
        assert (await agency.ticket("R-2")).slot is not None
        said = "1.csv, diambil pada 23-11-2026 09.00.00\n2 baris: 2 menghasilkan sesuatu, 0 sudah demikian, 0 ditolak."
        assert report(folder / "done", "1.csv").strip() == said
        before = await agency.kinds()
        drop(folder, "1.csv", GOOD)
        looked = await look(agency)
        assert (looked.taken, looked.refused) == (0, [])
        assert await agency.kinds() == before
        assert len(names(folder / "done")) == 6  # the one before is still there


async def test_a_file_with_bad_rows_is_refused_whole_and_each_is_named(tmp_path: Path, folder: Path) -> None:
    bad = f"{GOOD}R-3;DAFTAR;99;;;;;\n;DAFTAR;01;;;;;\nR-5;JANJI;01;2026-11-24;10:00;;;\n"
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        drop(folder, "1.csv", bad)
        assert (await look(agency)).refused[0] == "1.csv: row 4: queue: “99” stands in no line of “values”"
        assert names(folder) == ["refused/1.csv", "refused/1.csv.report.txt"]
        assert report(folder / "refused", "1.csv").splitlines()[3:] == [
            "baris 4 (R-3): queue: “99” tidak ada di baris mana pun dari “values”",
            "baris 5 (?): id: tidak diisi",
            "baris 6 (R-5): day: “2026-11-24” bukan tanggal",
        ]
        assert await agency.kinds() == []
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder, bad_rows="leave")) as agency:
        drop(folder, "1.csv", bad)
        assert (await look(agency)).taken == 2
        assert "baris 6 (R-5): day" in report(folder / "done", "1.csv")


async def test_what_our_rules_refuse_is_named_and_the_others_are_done(tmp_path: Path, folder: Path) -> None:
    rows = "".join(f"R-{n};JANJI;01;24-11-2026;10:00;;;\n" for n in range(4))
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        drop(folder, "1.csv", HEAD + rows)
        looked = await look(agency)
        assert (looked.taken, len(looked.refused)) == (2, 2)
        assert "baris 5 (R-3): Semua tempat pada jam itu sudah terisi." in report(folder / "done", "1.csv")


async def test_a_long_list_is_done_in_its_order_and_each_visits_rows_one_after_the_other(
    tmp_path: Path, folder: Path
) -> None:
    most = AT_ONCE + 20
    rows = "".join(f"R-{n};DAFTAR;01;;;;;\nR-{n};BATAL;01;;;;;\n" for n in range(most))
    late = "".join(f"S-{n};JANJI;01;24-11-2026;10:00;;;\n" for n in range(4))
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        drop(folder, "1.csv", HEAD + rows + late)
        looked = await look(agency)
        assert looked.taken == 2 * most + 2
        assert [said.split(":")[1] for said in looked.refused] == [f" row {2 * most + n}" for n in (4, 5)]
        entries = [entry.event for entry in await agency.entries()]
        issued = [event.label for event in entries if isinstance(event, Issued)]
        assert issued == [f"A-{n + 1:03d}" for n in range(most)]
        tickets = [await agency.ticket(f"R-{n}") for n in range(most)]
        assert [ticket.label for ticket in tickets] == issued
        assert {ticket.status for ticket in tickets} == {Status.CANCELLED}
        assert [(await agency.known(f"S-{n}")) is not None for n in range(4)] == [True, True, False, False]


async def test_a_file_is_complete_once_it_stands_still(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("integrations.opd.files.poller.time.monotonic", lambda: clock[0])
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder, complete="still")) as agency:
        poller = agency.settings.poller(agency.opening)
        (folder / "1.csv").write_text(GOOD[:-10])
        await poller.look()
        clock[0] += 9
        (folder / "1.csv").write_text(GOOD)
        (folder / "0.csv").symlink_to(folder / "1.csv")  # leads to another, and is no file
        assert (await poller.look()).taken == 0
        clock[0] += 9
        assert (await poller.look()).taken == 0
        clock[0] += 1
        assert (await poller.look()).taken == 2
        assert names(folder / "done") == ["1.csv", "1.csv.report.txt"]


def a_workbook(*rows: Sequence[Any]) -> bytes:
    book, written = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(written)
    return written.getvalue()


def a_bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/workbook.xml", b"<a/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    return packed.getvalue()


async def test_a_workbook_is_read_as_a_list_is(tmp_path: Path, folder: Path) -> None:
    mapping = {**MAPPING, "day": "tanggal"}
    rows: list[list[Any]] = [HEAD.strip().split(";"), ["R-1", "JANJI", "01", date(2026, 11, 24), time(10, 30)]]
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder, mapping=mapping)) as agency:
        drop(folder, "1.xlsx", a_workbook(*rows))
        assert (await look(agency)).taken == 1
        assert (
            f"{agency.opening.branches()[0].local((await agency.ticket('R-1')).slot or agency.clock.now):%H:%M}"
            == "10:30"
        )


NO_LISTS: Sequence[tuple[str, str | bytes, str]] = (
    ("formula.csv", f"{HEAD}=1+1;DAFTAR;01;;;;;\n", "holds a formula"),
    ("formula.xlsx", a_workbook(["nomor"], ["=SUM(1,2)"]), "holds formulas"),
    ("huge.csv", f"{HEAD}{'x' * 5000};DAFTAR;01;;;;;\n", "is too long"),
    ("encoding.csv", HEAD.encode() + b"R-1;DAFTAR;\xff\xfe;;;;;\n", "in no encoding that is known here"),
    ("bomb.xlsx", a_bomb(), "much larger unpacked"),
    ("picture.csv", b"\x89PNG\0\0\0", "no encoding"),
    ("empty.csv", b"", "is empty"),
    ("other.csv", "nama\nWarga\n", "There is no column “nomor” in the first row."),
    ("twice.csv", HEAD.replace("hp", "nama;hp"), "The column “nama” stands twice."),
)


async def test_what_is_no_list_is_refused_with_a_sentence(tmp_path: Path, folder: Path) -> None:
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        for name, content, _ in NO_LISTS:
            drop(folder, name, content)
        refused = (await look(agency)).refused
        for (name, _, said), told in zip(sorted(NO_LISTS), refused, strict=True):
            assert told.startswith(f"{name}: ") and said in told
            assert report(folder / "refused", name).startswith(f"{name}, diambil pada 23-11-2026")
        assert len(names(folder)) == len(names(folder / "refused")) == 2 * len(NO_LISTS)
        assert await agency.kinds() == []


async def test_a_folder_that_is_not_there_or_not_ours_is_a_sentence(tmp_path: Path, folder: Path) -> None:
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder)) as agency:
        drop(folder, "1.csv", GOOD)
        said = await agency.settings.probe(agency.opening)
        assert said == f"The folder {folder} can be read and written; files there now: 1."
        assert [one.label for one in await agency.settings.preview(agency.opening)] == ["A-001", "A-001"]
        assert names(folder) == ["1.csv", "1.csv.done"]
        (folder / "done").write_text("in the way")
        with pytest.raises(Undelivered, match="done cannot be written: File exists"):
            await look(agency)
        assert names(folder) == ["1.csv", "1.csv.done", "done"]
    async with an_agency(tmp_path / "data", "opd-files", settings_of(folder / "lain")) as agency:
        with pytest.raises(Undelivered, match="lain cannot be read: No such file or directory"):
            await look(agency)
