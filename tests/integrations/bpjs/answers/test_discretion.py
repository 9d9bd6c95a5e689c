"""Who somebody is stands in no address of ours, in no log, and in no table but encrypted."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from integrations.bpjs.answers.paths import Service
from integrations.bpjs.answers.replies import FAILURE
from queue_service.backups.rows import tables
from queue_service.database import Unavailable
from queue_service.desk import Desk
from queue_service.web import observed
from queue_service.web.observed import Observed
from tests.integrations.bpjs.answers.hospitals import MobileJkn, a_hospital, a_visit, ms
from tests.integrations.bpjs.answers.test_ladder import a_patient

PLANTED = {
    "nomorkartu": "0009900777123",
    "nik": "1699994404990077",
    "nohp": "081299007788",
    "nomorreferensi": "RUJUKAN-99-TANAM",
    "norm": "RM-TANAM-99",
    "nama": "Nama Yang Ditanam",
    "alamat": "Jalan Yang Ditanam 99",
    "nomorkk": "1699990000000077",
    "keterangan": "alasan yang ditanam",
}
DAY = {"poli": "INT", "day": "2026-11-24"}


async def _ask_for_everything(jkn: MobileJkn) -> None:
    visit = {key: PLANTED[key] for key in ("nomorkartu", "nik", "nohp", "nomorreferensi", "norm")}
    told = await jkn.take(**visit)
    assert told.code == 200
    code = {"kodebooking": told["kodebooking"]} if "kodebooking" in told.response else {}
    everything = (
        a_visit() | a_patient() | PLANTED | code | {"nopeserta": PLANTED["nomorkartu"], "waktu": ms(jkn.clock())}
    )
    for service in jkn.settings.all_paths.keys() - {Service.TOKEN}:
        await jkn.ask(service, everything, card=PLANTED["nomorkartu"], **DAY)


def _rows(connection: Connection) -> str:
    return "\n".join(f"{table.name} {tuple(row)}" for table in tables() for row in connection.execute(select(table)))


def _spilt(text: str) -> list[str]:
    return [what for what, planted in PLANTED.items() if planted in text or planted[-10:] in text]


@pytest.mark.parametrize("family", ["khanza", "mlite", "fktp"])
async def test_10_nobody_stands_in_a_log_or_in_clear_in_a_table(
    tmp_path: Path, family: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "antrean")
    monkeypatch.setattr(observed, "SLOW_SECONDS", 0.0)  # so that each request is written
    async with a_hospital(tmp_path, family=family, around=Observed) as jkn:
        await _ask_for_everything(jkn)
        rows = await jkn.house.database.read(_rows)
    codes = re.findall(r"^identifiers \('rsud', 'bpjs-booking', '(\w+)'", rows, re.MULTILINE)
    assert codes and all(code in caplog.text for code in codes)
    assert "A request took long" in caplog.text and "people (" in rows
    assert _spilt(caplog.text + "".join(str(record.__dict__) for record in caplog.records)) == []
    assert _spilt(rows) == []


@pytest.mark.parametrize("fault", [RuntimeError, Unavailable, asyncio.TimeoutError])
async def test_10_a_fault_of_ours_says_so_and_not_what_was_asked(
    tmp_path: Path, fault: type[Exception], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise fault(f"cannot write {PLANTED}")

    async with a_hospital(tmp_path) as jkn:
        monkeypatch.setattr(Desk, "act", fail)
        told = await jkn.take(nomorkartu=PLANTED["nomorkartu"])
        assert (told.status, told.code, told.message) == (200, 401, FAILURE)
    assert f"Answering ambil failed: {fault.__name__} at test_discretion.py" in caplog.text
    assert _spilt(caplog.text) == []
