"""How truly a day was told, and how the insurer's figures compare with ours."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from integrations.bpjs.command import bpjs as command
from integrations.bpjs.quality import ClinicQuality, compare, quality
from integrations.bpjs.reports import quality_of_day
from integrations.bpjs.settings import BpjsSettings
from integrations.bpjs.visits import Visit, words_of
from queue_service.domain.actions import Call, MarkNoShow
from tests.doubles.bpjs.double import BpjsDouble
from tests.integrations.bpjs.sends.hospitals import (
    AT,
    EYES,
    INSURED,
    INTERNAL,
    KNOWN,
    PHARMACY,
    RSUD,
    TODAY,
    Hospital,
    a_hospital,
    secrets_of,
)
from tests.integrations.bpjs.sends.test_visits import SEEN, WAYS, Step, history, issued, on


def of_day(*steps: str | Step, failure: str = "", is_over: bool = True, is_announced: bool = True) -> ClinicQuality:
    """Of a day with one visit."""
    its = history(*steps)
    codes = {1: "KODE"} if is_announced else {}
    visit = Visit(RSUD, TODAY, "B-001", words_of(its, WAYS), False, codes, {1: {}})
    (found,) = quality([(visit, its)], WAYS, {"B-001": failure} if failure else {}, is_over=is_over)
    return found


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ((issued(INTERNAL), "called", "completed"), "B-001: lacks task 4"),
        ((issued(INTERNAL), *SEEN), "B-001: lacks task 5"),
        ((issued(INTERNAL), *SEEN, on(PHARMACY), "called", "completed"), "B-001: lacks task 6"),
        ((issued(INTERNAL), *SEEN, on(PHARMACY)), "B-001: lacks task 6, 7"),
        ((issued(INTERNAL), "called", "no_show", *SEEN, "completed"), "B-001: told as absent, and treated afterwards"),
    ],
)
def test_a_finding_says_what_is_missing(steps: Sequence[str | Step], sentence: str) -> None:
    found = of_day(*steps)
    assert (found.bookings, found.fine, [each.sentence for each in found.findings]) == (1, 0, [sentence])


def test_a_full_visit_and_one_that_nobody_came_for_lack_nothing() -> None:
    for steps in ((issued(INTERNAL), *SEEN, "completed"), (issued(INTERNAL), "called", "no_show")):
        assert of_day(*steps).fine == 1


def test_a_visit_that_goes_on_lacks_only_what_should_have_been() -> None:
    assert of_day(issued(INTERNAL), *SEEN, is_over=False).fine == 1
    assert of_day(("booked", {"queue": INTERNAL, "due": 5}), *SEEN, is_over=False).findings[0].lacks == (3,)


def test_refusals_and_whom_nobody_could_announce_are_findings() -> None:
    full = issued(INTERNAL), *SEEN, "completed"
    assert (
        of_day(*full, failure="Rujukan tidak valid").findings[0].sentence == "B-001: not delivered: Rujukan tidak valid"
    )
    unknown = of_day(*full, is_announced=False).findings[0]
    assert unknown.sentence == "B-001: not announced: neither card nor NIK is known"


def test_9_the_insurers_seconds_are_compared_with_seconds_of_ours() -> None:
    steps = history(issued(INTERNAL), *SEEN, "completed")
    ten_minutes_apart = [replace(item, at_ms=item.seq * 600_000) for item in steps]
    visit = Visit(RSUD, TODAY, "B-001", words_of(ten_minutes_apart, WAYS), False, {1: "KODE"}, {1: {}})
    dashboard = [{"kodepoli": "INT", "jumlah_antrean": "3", "avg_waktu_task3": 1200.5, "avg_waktu_task4": "60"}]
    (found,) = compare(dashboard, [visit], {INTERNAL: "INT"})
    assert (found.theirs, found.ours) == (3, 1)
    assert (found.their_seconds[3], found.our_seconds) == (1200.5, {3: 1200.0, 4: 600.0})


async def test_the_report_on_a_day_names_what_was_refused_and_what_is_missing(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        await spend_a_day(hospital)
        assert isinstance(hospital.settings, BpjsSettings)
        found = await quality_of_day(hospital.opening, hospital.settings, RSUD, TODAY)
        assert [(clinic.queue, clinic.fine, clinic.bookings) for clinic in found] == [(INTERNAL, 1, 3), (EYES, 0, 2)]
        told = [each.sentence for clinic in found for each in clinic.findings]
        assert told == [
            "B-002: lacks task 4",
            "B-003: told as absent, and treated afterwards",
            "C-001: not delivered: it refuses /antrean/add: 201 Rujukan tidak valid",
            "C-002: not announced: neither card nor NIK is known",
        ]


async def test_the_reports_can_be_had_by_command(tmp_path: Path) -> None:
    async with BpjsDouble() as bpjs, a_hospital(tmp_path, bpjs) as hospital:
        await spend_a_day(hospital)
        told = await _run(hospital, "quality", str(TODAY))
        assert "dalam: 1 of 3 bookings told in full\n    B-002: lacks task 4" in told.output
        told = await _run(hospital, "compare", str(TODAY))
        assert "INT: 3 bookings by BPJS, 3 by us\n" in told.output
        assert "clinic 4-5: 4.0 min by BPJS, 4.0 min by us" in told.output
        told = await _run(hospital, "schedule")
        assert "MAT, doctor 100003, " in told.output and ": 20 places in HFIS, 40 here" in told.output
        told = await _run(hospital, "request-schedule", "INT", "100002", "1=09:00-12:00", "8=08:00-10:00")
        assert "BPJS has the request" in told.output
        assert bpjs.hospital.schedule_requests == [
            {
                "kodepoli": "INT",
                "kodesubspesialis": "INT",
                "kodedokter": 100002,
                "jadwal": [
                    {"hari": "1", "buka": "09:00", "tutup": "12:00"},
                    {"hari": "8", "buka": "08:00", "tutup": "10:00"},
                ],
            }
        ]
        told = await _run(hospital, "request-schedule", "INT", "100002", "9=09:00-12:00")
        assert told.exit_code == 1 and "9=09:00-12:00: expected a day and hours" in told.output


async def spend_a_day(hospital: Hospital) -> None:
    await hospital.come(INTERNAL, KNOWN)
    await hospital.pass_through(INTERNAL)
    await hospital.come(INTERNAL, KNOWN)
    await hospital.call(INTERNAL)
    await hospital.complete(INTERNAL)
    late = await hospital.come(INTERNAL, KNOWN)
    await hospital.call(INTERNAL)
    await hospital.act(MarkNoShow(AT[INTERNAL]))
    await hospital.act(Call(AT[INTERNAL], late))
    await hospital.serve(INTERNAL)
    await hospital.complete(INTERNAL)
    for who in ({**INSURED, "reference": ""}, {}):
        await hospital.come(EYES, who)
    await hospital.deliver()


async def _run(hospital: Hospital, *words: str) -> Result:
    """As another process would, which has a loop and a house of its own."""
    folder = hospital.house.settings.data_dir
    environment = {"ANTREAN_DATA_DIR": str(folder), "ANTREAN_DATABASE_URL": hospital.house.settings.database_url}
    environment |= secrets_of(hospital.bpjs)
    assert not os.environ.keys() & environment.keys()
    return await asyncio.to_thread(lambda: CliRunner().invoke(command, words, env=environment))
