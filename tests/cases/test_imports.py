"""An office's export: as offices write them, with every bad row named, and nothing half done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select

from queue_service.cases_commands import look_once
from queue_service.cli import main
from queue_service.domain.cases import CHECK_ALPHABET, Outcome, Stage, number_of
from queue_service.domain.errors import Invalid
from queue_service.domain.events import to_ms
from queue_service.records.audit import read_audit
from queue_service.records.cases.exports import Bad, Row, read_export, read_moment
from queue_service.records.cases.imports import Imported, take_export
from queue_service.records.cases.tables import case_steps, cases
from queue_service.records.opening import open_records
from queue_service.web.house import House
from tests.cases.offices import REGISTRY, a_case, a_registry
from tests.houses import LAHAT, NINE, Clock

WIB = ZoneInfo("Asia/Jakarta")
HEAD = "request_no; service; stage; updated_at"
NUMBER = "261123-A001-7KQ4MX2P"
TEN = "2026-11-23 10:00"
NOW = NINE + timedelta(hours=4)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_registry(tmp_path, Clock()) as house:
        yield house


async def take(house: House, *lines: str, head: str = HEAD, keep_good: bool = False) -> Imported:
    content = "\n".join((head, *lines)).encode()
    plan = house.branches.get(REGISTRY)
    return await take_export(house.database, plan, content, "clerk:test", NOW, keep_good=keep_good)


def one_row(content: bytes) -> Row | Bad:
    (row,) = read_export(content, WIB, NOW)
    return row


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\n{NUMBER}; ktp-cetak; ready; {TEN}\n".encode(),
        f"{HEAD}\r\n{NUMBER};KTP-CETAK;Siap Diambil;23/11/2026 10.00\r\n\r\n".encode(),
        f"request_no,service,stage,updated_at\n{NUMBER},ktp-cetak,ready for pick-up,2026-11-23T03:00:00Z".encode(
            "utf-8-sig"
        ),
        f'"Updated at"\t"Stage"\tNIK\t"Service"\t"Request no"\n{TEN}\tready\t\tktp-cetak\t{NUMBER}'.encode("utf-16"),
        f"{HEAD}\n{NUMBER};ktp-cetak;ready;{TEN};catatan pemohon “é”\n".encode("cp1252"),
    ],
)
def test_exports_are_read_as_offices_write_them(content: bytes) -> None:
    row = one_row(content)
    assert row == Row(2, NUMBER, "ktp-cetak", Stage.READY, "", datetime(2026, 11, 23, 3, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (NUMBER, "short"),
        (f"{NUMBER};{'x' * 301};ready;{TEN}", "long"),
        (f"12345;ktp;ready;{TEN}", "number"),
        (f"1604 9901 0190 0017;ktp;ready;{TEN}", "nik"),
        (f'=HYPERLINK("http://x");ktp;ready;{TEN}', "number"),
        (f"{NUMBER};ktp;selesai dong;{TEN}", "stage"),
        (f"{NUMBER};ktp;kendala;{TEN}", "reason"),
        (f"{NUMBER};ktp;ready: why;{TEN}", "stage"),
        (f"{NUMBER};ktp;ready;kemarin", "moment"),
        (f"{NUMBER};ktp;ready;31/02/2026", "moment"),
        (f"{NUMBER};ktp;ready;2026-11-24", "future"),
    ],
)
def test_a_bad_row_says_why(row: str, why: str) -> None:
    assert one_row(f"{HEAD}\n{row}".encode()) == Bad(2, why)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
        b"\xff\xfe\x00",
        b"nomor;layanan\n1;2",
        f'{HEAD}\n{NUMBER};"ktp;ready\n'.encode(),
        (f"{HEAD}\n" + "x\n" * 50_001).encode(),
        b"x" * (4 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Invalid, match=r"\.$|\?$"):
        list(read_export(content, WIB, NOW))


@given(st.binary(max_size=300))
def test_whatever_comes_is_rows_bad_rows_or_refused(noise: bytes) -> None:
    for content in (noise, HEAD.encode() + b"\n" + noise):
        with suppress(Invalid):
            assert all(isinstance(each, Row | Bad) for each in read_export(content, WIB, NOW))


def test_a_time_without_an_offset_is_the_branchs_own() -> None:
    assert read_moment("2026-11-23 10:00", WIB) == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert read_moment("1-2-2026 7.05", WIB) == datetime(2026, 2, 1, 0, 5, tzinfo=UTC)
    assert read_moment("23/11/2026 10.00 WIB", WIB) is None


async def test_a_row_sets_a_stage_once_and_never_back(house: House) -> None:
    case = await a_case(house)
    ready = f"{case.number};ktp-cetak;ready;{TEN}"
    assert (await take(house, ready)).outcomes == {Outcome.TAKEN: 1}
    assert (await take(house, ready)).outcomes == {Outcome.KNOWN: 1}
    assert (await take(house, f"{case.number};;printed;2026-11-23 09:30")).outcomes == {Outcome.OLDER: 1}
    told = await house.cases.get(case.number)
    assert (told.stage, told.steps) == (Stage.READY, 2)
    # One file may tell of several steps, in any order.
    lost = f"{case.number};ktp-cetak;kendala: berkas 1604990101900017 hilang;2026-11-23 11:00"
    assert (await take(house, f"{case.number};;diserahkan;2026-11-23 12:00", lost)).outcomes == {Outcome.TAKEN: 2}
    assert (await take(house, f"{case.number};;ready;2026-11-23 12:30")).outcomes == {Outcome.FINAL: 1}
    steps = await house.cases.steps_of(case.number)
    assert [step.stage for step in steps][1:] == [Stage.READY, Stage.PROBLEM, Stage.HANDED_OVER]
    assert "1604990101900017" not in steps[2].reason
    noted = await house.database.read(read_audit)
    assert [one.deed.what for one in noted].count("cases.imported") == 5


async def test_where_one_row_is_bad_nothing_is_done_unless_it_is_wanted(house: House) -> None:
    case = await a_case(house)
    rows = (f"{case.number};ktp-cetak;ready;{TEN}", f"{case.number};kk;ready;{TEN}", f"{NUMBER};;ready;{TEN}")
    refused = await take(house, *rows)
    assert not refused.is_done and refused.bad == [Bad(3, "service"), Bad(4, "unknown")]
    assert (await house.cases.get(case.number)).stage is Stage.RECORDED
    taken = await take(house, *rows, keep_good=True)
    assert taken.is_done and taken.outcomes == {Outcome.TAKEN: 1} and taken.bad == refused.bad
    assert (await house.cases.get(case.number)).stage is Stage.READY


async def test_a_number_of_another_branch_is_none_of_ours(house: House) -> None:
    case = await a_case(house)
    other = house.branches.get("rsud-lahat")
    content = f"{HEAD}\n{case.number};;ready;{TEN}".encode()
    taken = await take_export(house.database, other, content, "clerk:test", NOW)
    assert taken.bad == [Bad(2, "unknown")]


async def test_a_large_export_names_every_bad_row_and_moves_the_others(house: House) -> None:
    day = NINE.date()
    numbers = [number_of(day, f"A-{place:05d}", _check(place)) for place in range(2_000)]
    row = dict.fromkeys(("opened_ms", "stage_ms", "told_ms"), to_ms(NINE - timedelta(hours=1)))
    shared = {**row, "branch": REGISTRY, "service": "kk", "day": day, "stage": "recorded", "reason": ""}
    rows = [
        {**shared, "number": number, "label": f"A-{place:05d}", "due_ms": None, "steps": 1, "visited": 0}
        for place, number in enumerate(numbers)
    ]
    await house.database.write(lambda connection: connection.execute(insert(cases), rows))
    bad = set(range(0, 2_000, 34))
    lines = [f"{n};{'ktp' if place in bad else 'kk'};printed;{TEN}" for place, n in enumerate(numbers)]
    refused = await take(house, *lines)
    assert {each.line for each in refused.bad} == {place + 2 for place in bad} and not refused.is_done
    taken = await take(house, *lines, keep_good=True)
    assert taken.outcomes == {Outcome.TAKEN: 2_000 - len(bad)}
    count = await house.database.read(_count_steps)
    assert count == 2_000 - len(bad)


def _check(place: int) -> str:
    return "".join(CHECK_ALPHABET[(place >> 5 * n) % 32] for n in range(8))


def _count_steps(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(case_steps)).scalar_one())


async def test_a_folder_is_watched_and_each_file_taken_once_it_is_whole(house: House, tmp_path: Path) -> None:
    case = await a_case(house)
    folder = tmp_path / "drop"
    for name in (folder, folder / "done", folder / "refused"):
        name.mkdir()
    good, bad = folder / "baik.csv", folder / "buruk.CSV"
    good.write_text(f"{HEAD}\n{case.number};ktp-cetak;ready;2026-01-01 10:00")
    bad.write_text(f"{HEAD}\n{case.number};ktp-cetak;entah;2026-01-01 10:00")
    (folder / "catatan.txt").write_text("not for us")
    async with open_records(house.settings.database_url, house.secrets) as records:
        seen = await look_once(records, folder, REGISTRY, False, {})
        assert good.exists() and bad.exists()
        good.write_text(f"{HEAD}\n{case.number};ktp-cetak;ready;2026-01-01 10:00\n")  # somebody still writes at it
        seen = await look_once(records, folder, REGISTRY, False, seen)
        assert good.exists() and not bad.exists()
        assert await look_once(records, folder, REGISTRY, False, seen) == {}
    assert not good.exists()
    (taken,), (told,) = (folder / "done").iterdir(), (folder / "refused").glob("*.txt")
    assert taken.name.startswith("baik-")
    assert "line 2: the stage is none that is known here" in told.read_text()


def test_the_command_says_what_was_taken_and_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path / "data"))
    runner = CliRunner()
    assert runner.invoke(main, ["setup", str(LAHAT)]).exit_code == 0
    file = tmp_path / "export.csv"
    file.write_text(f"{HEAD}\n{NUMBER};;ready;2026-01-01\n")
    told = runner.invoke(main, ["cases", "import", str(file), "--branch", REGISTRY])
    assert told.exit_code == 1
    assert "Nothing was changed. Rows that are not right: 1.\n  line 2: no paper of this branch" in told.output
    file.write_text(HEAD)
    told = runner.invoke(main, ["cases", "import", str(file), "--branch", REGISTRY])
    assert (told.exit_code, told.output) == (0, "Done: nothing to do.\n")
