"""The insurer's register of doctors and our calendars."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.bpjs.calls import Slot
from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.opening import open_line
from integrations.bpjs.schedule_poller import SchedulePoller, read_register
from integrations.bpjs.schedules import agreed, clinics_with, days_off, differences, exceptions_with
from integrations.bpjs.settings import BpjsSettings
from integrations.bpjs.taking_over import take_over
from queue_service.domain.actions import Book
from queue_service.domain.errors import Refusal
from queue_service.records.audit import read_audit
from queue_service.records.calendar_plans import NO_CALENDAR
from queue_service.records.connections import read_connections
from queue_service.records.plans import SetupPlan
from tests.doubles.bpjs.double import BpjsDouble
from tests.doubles.bpjs.masters import read_masters
from tests.houses import NINE
from tests.integrations.bpjs.sends.hospitals import (
    CLINICS,
    EYES,
    INTERNAL,
    KNOWN,
    RSUD,
    TODAY,
    Hospital,
    a_hospital,
    a_set_up,
)

CHRISTMAS = TODAY + timedelta(days=3)
ONE = ClinicPlan.model_validate(CLINICS[0])
BRANCH = SetupPlan.model_validate({"branches": a_set_up({})["branches"]}).branches[0].branch(NO_CALENDAR)


def a_slot(clinic: ClinicPlan, *, hours: str = "", capacity: int = 40, is_off: bool = False) -> Slot:
    names = clinic.poli, clinic.poli_name, clinic.poli, clinic.doctor, clinic.doctor_name
    return Slot(*names, hours or clinic.hours, capacity, is_off)


def test_a_day_is_off_only_where_all_who_practise_there_are_away_and_the_register_says_so() -> None:
    second = ONE.model_copy(update={"doctor": 7})
    clinics = [ONE, second]
    both_off = [a_slot(ONE, is_off=True), a_slot(second, is_off=True)]
    assert list(days_off(clinics, {("INT", TODAY): both_off})) == [(TODAY, INTERNAL)]
    assert list(days_off(clinics, {("INT", TODAY): [a_slot(ONE, is_off=True), a_slot(second)]})) == []
    assert list(days_off(clinics, {("INT", TODAY): []})) == []  # a doctor may be missing in it


def test_exceptions_of_people_stay_and_ours_go_with_their_reason() -> None:
    theirs = {"day": str(TODAY), "name": {"id": "Rapat", "en": "Meeting"}, "hours": [], "queues": []}
    both = exceptions_with([theirs], [(TODAY, INTERNAL), (CHRISTMAS, INTERNAL), (CHRISTMAS, EYES)], [TODAY, CHRISTMAS])
    assert [(each["day"], each["queues"]) for each in both] == [(str(TODAY), []), (str(CHRISTMAS), [INTERNAL, EYES])]
    assert exceptions_with(both, [], [TODAY, CHRISTMAS]) == [theirs]
    assert exceptions_with(both, [], [TODAY]) == both  # nobody was asked about the other day


def test_what_can_be_taken_over_is_what_all_days_agree_on() -> None:
    days = [TODAY, CHRISTMAS]
    plan = CLINICS[0]
    for capacities, quotas in (((50, 50), (40, 10)), ((50, 60), (30, 10))):
        register = {("INT", day): [a_slot(ONE, capacity=many)] for day, many in zip(days, capacities, strict=True)}
        found = [each for day in days for each in differences(BRANCH, [ONE], {("INT", day): register["INT", day]})]
        assert len(found) == 2
        (taken,) = clinics_with([plan], agreed(found))
        assert (taken["quota_jkn"], taken["quota_non_jkn"]) == quotas


async def test_a_holiday_of_the_register_closes_the_day_and_opens_it_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_register(tmp_path, holidays=[str(CHRISTMAS)]) as (hospital, poller):
        slot = NINE + timedelta(days=3)
        await hospital.take(Book(INTERNAL, slot), INTERNAL, KNOWN, CHRISTMAS)
        await poller.look()
        assert hospital.house.branches.get(RSUD).queue(INTERNAL).calendar.spans(CHRISTMAS) == ()
        assert "dalam is closed on 2026-11-26: Day off in HFIS. 1 have booked for it" in caplog.text
        with pytest.raises(Refusal):
            await hospital.take(Book(INTERNAL, slot), INTERNAL, KNOWN, CHRISTMAS)
        deeds = await hospital.house.database.read(read_audit)
        assert [(each.deed.by, each.deed.what) for each in deeds] == [("system:bpjs", "branch.changed")]
        await poller.look()
        assert len(await hospital.house.database.read(read_audit)) == 1  # nothing is done twice
        masters = hospital.bpjs.hospital.masters
        hospital.bpjs.hospital.masters = replace(masters, holidays=[])
        await poller.look()
        assert hospital.house.branches.get(RSUD).queue(INTERNAL).calendar.spans(CHRISTMAS)


async def test_hours_and_places_that_differ_are_told_once_and_changed_only_when_somebody_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with a_register(tmp_path) as (hospital, poller):
        await poller.look()
        told = "HFIS and the set-up differ: MAT, doctor 100003, 2026-11-23: 20 places in HFIS, 40 here"
        assert caplog.text.count(told) == 1
        await poller.look()
        assert caplog.text.count(told) == 1
        assert not await hospital.house.database.read(read_audit)
        sentences = await _taken_over(hospital)
        assert sentences == ["MAT, doctor 100003: 20 places from now on."]
        (known,) = await hospital.house.database.read(read_connections)
        clinics = {each["queue"]: each for each in known.plan.settings["clinics"]}
        assert (clinics[EYES]["quota_jkn"], clinics[EYES]["quota_non_jkn"]) == (10, 10)


async def test_an_administrator_takes_over_new_hours_with_as_many_places_to_a_time_as_fit(tmp_path: Path) -> None:
    async with a_register(tmp_path, hours="09:00-12:00", capacity=36) as (hospital, _):
        assert await _taken_over(hospital) != []
        assert "INT, doctor 100002: 36 places from now on." in await _taken_over(hospital)  # known by the new hours
        booking = hospital.house.branches.get(RSUD).queue(INTERNAL).booking
        assert booking is not None and booking.per_slot == 3  # of 12 times


async def _taken_over(hospital: Hospital) -> list[str]:
    (known,) = await hospital.house.database.read(read_connections)
    opening = replace(hospital.opening, plan=known.plan)
    settings = BpjsSettings.model_validate(known.plan.settings)
    assert settings.sends is not None
    line = open_line(opening, settings.sends)
    try:
        register = await read_register(line, settings.clinics, TODAY)
    finally:
        await line.close()
    branch = hospital.house.branches.get(RSUD)
    return await take_over(opening, list(differences(branch, settings.clinics, register)))


@asynccontextmanager
async def a_register(
    folder: Path, holidays: list[str] | None = None, hours: str = "", capacity: int = 40
) -> AsyncIterator[tuple[Hospital, SchedulePoller]]:
    masters = read_masters()
    schedules = [
        {**each, "jadwal": hours or each["jadwal"], "kapasitaspasien": capacity}
        if each["kodedokter"] == 100002
        else each
        for each in masters.schedules
    ]
    masters = replace(masters, holidays=holidays or [], schedules=schedules)
    async with BpjsDouble(masters=masters) as bpjs, a_hospital(folder, bpjs) as hospital:
        assert isinstance(hospital.settings, BpjsSettings) and hospital.settings.sends is not None
        line = open_line(hospital.opening, hospital.settings.sends)
        poller = SchedulePoller(hospital.opening, hospital.settings.clinics, line)
        try:
            yield hospital, poller
        finally:
            await poller.close()
