"""What a hospital's staff do themselves: `antrean satusehat`."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from integrations.contract import NotReady
from integrations.satusehat.advice import Off, print_advice
from integrations.satusehat.chosen import NotChosen
from integrations.satusehat.command import satusehat
from integrations.satusehat.registering import Unregistered, print_locations, print_practitioner
from queue_service.domain.actions import Book, Cancel
from queue_service.setting_up import set_up
from tests.doubles.satusehat.platform import Reply
from tests.integrations.satusehat.hospital import (
    ADMISSION,
    CHILDREN,
    DAY,
    ENVIRONMENT,
    FIVE_PAST_NINE,
    HALF_PAST_EIGHT,
    INTERNAL,
    NIK,
    OUTPATIENT,
    PHARMACY,
    ROOM,
    Hospital,
    a_hospital,
    set_up_plan,
)


@asynccontextmanager
async def at_the_hospital(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> AsyncIterator[Hospital]:
    """Where a command finds the same database; its connection as `changes` say."""
    for name, value in {**ENVIRONMENT, "ANTREAN_DATA_DIR": str(folder)}.items():
        monkeypatch.setenv(name, value)
    async with a_hospital(folder) as hospital:
        if changes:
            plan = set_up_plan(hospital.platform, **changes)
            await hospital.house.database.write(lambda connection: set_up(connection, plan))
        yield hospital


async def test_s1_5_the_advice_tells_the_times_of_each_visit_as_they_were_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_the_hospital(tmp_path, monkeypatch, mode="advise") as hospital:
        label = await hospital.come(ADMISSION, journey=OUTPATIENT)
        await hospital.note(label, "simrs-visit", "2026/11/23/000001")
        await hospital.serve(label, ADMISSION)
        await hospital.complete(ADMISSION)
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(label)
        hospital.clock.turn(minutes=20)
        await hospital.complete()
        gone = await hospital.come()
        await hospital.act(Cancel(gone))
        await hospital.act(Book(INTERNAL, HALF_PAST_EIGHT.replace(hour=8)))  # and has not come
        await hospital.come(PHARMACY)
        await print_advice(DAY, "csv", None)
        rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
        assert rows == [
            {
                "branch": "rsud",
                "day": "2026-11-23",
                "number": label,
                "visit": "2026/11/23/000001",
                "queue": CHILDREN,
                "location": ROOM,
                "practitioner": "N10000001",
                "arrived": "2026-11-23T08:30:00+07:00",
                "in_progress": "2026-11-23T09:05:00+07:00",
                "left": "2026-11-23T09:25:00+07:00",
                "cancelled": "",
                "state": "finished",
            },
            {
                **dict.fromkeys(("visit", "in_progress", "left"), ""),
                "branch": "rsud",
                "day": "2026-11-23",
                "number": gone,
                "queue": CHILDREN,
                "location": ROOM,
                "practitioner": "N10000001",
                "arrived": "2026-11-23T09:25:00+07:00",
                "cancelled": "2026-11-23T09:25:00+07:00",
                "state": "cancelled",
            },
        ]
        await print_advice(DAY, "json", "kemkes")
        assert json.loads(capsys.readouterr().out) == rows
        assert hospital.platform.asked == []


async def test_s1_2_a_connection_that_is_off_reports_nothing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_the_hospital(tmp_path, monkeypatch, mode="off"):
        with pytest.raises(Off, match="mode: off"):
            await print_advice(DAY, "csv", None)
        with pytest.raises(NotChosen, match="takes one of: kemkes"):
            await print_advice(DAY, "csv", "another")


async def test_s6_1_rooms_are_registered_once_and_printed_as_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clinics = [{"queue": CHILDREN}, {"queue": INTERNAL}]
    async with at_the_hospital(tmp_path, monkeypatch, mode="off", clinics=clinics) as hospital:
        hospital.platform.loses["POST"] = 1
        with pytest.raises(Unregistered, match="SATUSEHAT"):  # the first answer is lost
            await print_locations(None)
        capsys.readouterr()
        for words in (["known", "new"], ["known", "known"]):
            await print_locations(None)
            printed = capsys.readouterr().out
            assert re.findall(r"# (\w+)", printed) == words
            told = yaml.safe_load(printed)["clinics"]
            assert [clinic["queue"] for clinic in told] == [CHILDREN, INTERNAL]
            assert {clinic["location"] for clinic in told} == set(hospital.platform.stored["Location"])
        names = [room["name"] for room in hospital.platform.stored["Location"].values()]
        assert names == ["Poli Anak", "Poli Dalam"]


async def test_s6_1_a_room_that_is_at_no_branch_is_not_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_the_hospital(tmp_path, monkeypatch, mode="off", clinics=[{"queue": "ktp-el"}]) as hospital:
        with pytest.raises(Unregistered, match="ktp-el"):
            await print_locations(None)
        assert hospital.platform.asked == []


async def test_s4_2_the_number_of_a_practitioner_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with at_the_hospital(tmp_path, monkeypatch) as hospital:
        hospital.platform.practitioners[NIK] = "N10000001"
        await print_practitioner(NIK, None)
        assert capsys.readouterr().out == "N10000001\n"
        with pytest.raises(Unregistered, match="no practitioner"):
            await print_practitioner("1604990107900018", None)
        with pytest.raises(Unregistered, match="16 digits"):
            await print_practitioner("0812", None)
        hospital.platform.away = Reply(503, {})
        with pytest.raises(Unregistered, match="SATUSEHAT"):
            await print_practitioner(NIK, None)
        monkeypatch.delenv("ANTREAN_CONNECTION_KEMKES_CLIENT_SECRET")
        with pytest.raises(NotReady, match="CLIENT_SECRET is not set"):
            await print_practitioner(NIK, None)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["advise", "2026-11-23"], "no connection to SATUSEHAT is set up"),
        (["advise", "23-11-2026"], "does not match"),
        (["register-locations"], "no connection to SATUSEHAT is set up"),
    ],
)
def test_s1_6_a_command_that_cannot_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(satusehat, words)
    assert done.exit_code != 0
    assert sentence in done.output
