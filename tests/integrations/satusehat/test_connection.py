"""The connection as a whole: its courier, its settings, what is kept of people, and what is told of them."""

from __future__ import annotations

import asyncio
import io
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, select

from integrations.contract import NotReady, Opening, Undelivered
from integrations.run import Office
from integrations.satusehat.system import SatusehatSystem
from queue_service.domain.asking import Field
from queue_service.logs import PROCESSORS
from queue_service.records.people.retention import Retention
from queue_service.records.people.rights import Whom, erase_all, export
from queue_service.records.tables import deliveries
from tests.doubles.satusehat.platform import CLIENT_SECRET, Reply
from tests.integrations.satusehat.hospital import (
    CHILDREN,
    DAY,
    ENVIRONMENT,
    FIVE_PAST_NINE,
    IHS,
    INTERNAL,
    NAME,
    NIK,
    PHARMACY,
    RSUD,
    Hospital,
    a_hospital,
)

PATIENCE = 30.0
TICKET = (RSUD, DAY, "B-001")


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await is_so():
            await asyncio.sleep(0.02)


async def parked(hospital: Hospital) -> list[tuple[str, str, str]]:
    def read(connection: Connection) -> list[tuple[str, str, str]]:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.seq))
        return [(row.lane, row.state, row.error) for row in rows]

    return await hospital.house.database.read(read)


async def test_s8_1_a_visit_that_is_refused_holds_up_no_other_and_is_given_up_with_the_rule(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        others = "1604990107900018"
        hospital.platform.patients[others] = "P02428473602"
        bad, good = await hospital.come(), await hospital.come(nik=others)
        await hospital.house.people.add((RSUD, DAY, bad), Field.IHS, "P09999999999")  # as nobody is called there
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(good)
        await hospital.complete()
        office = Office(hospital.house, ENVIRONMENT)
        await office.look()

        async def is_told() -> bool:
            states = [state for _, state, _ in await parked(hospital)]
            return "dead" in states and len(hospital.platform.versions) == 3

        await until(is_told)
        await office.close()
        [encounter] = hospital.platform.encounters
        assert encounter["subject"]["reference"] == "Patient/P02428473602"
        [(lane, _, error)] = await parked(hospital)
        assert lane == bad
        assert len(hospital.platform.requests("POST", "Encounter")) == 2  # the refused one only once
        assert error.startswith("it answered 400: Patient/[masked]")


async def test_s8_1_what_happens_while_it_is_away_arrives_afterwards_in_order(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        office = Office(hospital.house, ENVIRONMENT)
        label = await hospital.come()
        await office.look()

        async def is_told(versions: int) -> bool:
            return len(hospital.platform.versions) == versions

        await until(lambda: is_told(1))
        hospital.platform.away = Reply(503, {})
        hospital.clock.now = FIVE_PAST_NINE
        await hospital.serve(label)
        hospital.clock.turn(minutes=3)
        await hospital.complete()

        async def is_refused_again() -> bool:
            return len(hospital.platform.requests("PUT", "Encounter")) > 1

        await until(is_refused_again)
        hospital.platform.away = None
        await until(lambda: is_told(3))
        await office.close()
        first, second, third = hospital.platform.versions
        assert [each["status"] for each in (first, second, third)] == ["arrived", "in-progress", "in-progress"]
        assert second["statusHistory"][1]["period"] == {"start": "2026-11-23T02:05:00+00:00"}
        assert third["statusHistory"][1]["period"]["end"] == "2026-11-23T02:08:00+00:00"


async def test_s1_2_only_mode_own_sends_anything(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        for mode in ("off", "advise"):
            changed = {**hospital.plan.settings, "mode": mode}
            assert SatusehatSystem.model_validate(changed).sender(hospital.opening) is None
        assert SatusehatSystem.model_validate(hospital.plan.settings).mode == "own"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mode": "both"}, "'off', 'advise' or 'own'"),
        ({"mode": "own", "clinics": []}, "needs “clinics”"),
        ({"mode": "own", "clinics": [{"queue": CHILDREN}]}, "register-locations"),
        ({"clinics": [{"queue": CHILDREN}, {"queue": CHILDREN}]}, "stands twice"),
        ({"base_url": "http://kemkes.example"}, "begin with https://"),
        ({"base_url": "https://kemkes.example/"}, "without an ending"),
        ({"base_url": "https://127.0.0.1"}, "an address that all can reach"),
        ({"organization": "10 000"}, "organization"),
        ({"clinics": [{"queue": CHILDREN, "location": "a/b"}]}, "location"),
        ({"client_secret": "x"}, "client_secret"),
    ],
)
def test_s1_3_settings_that_cannot_work_are_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    usual = {"base_url": "https://kemkes.example", "organization": "10000004"}
    assert SatusehatSystem.model_validate(usual).mode == "off"
    with pytest.raises(ValidationError) as refused:
        SatusehatSystem.model_validate({**usual, **changes})
    assert sentence in str(refused.value)


def test_s1_3_a_plain_off_of_yaml_is_the_mode_off() -> None:
    given = {"base_url": "https://kemkes.example", "organization": "10000004", "mode": False}
    assert SatusehatSystem.model_validate(given).mode == "off"


async def test_s1_4_what_is_missing_is_said_and_nothing_runs(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        settings = SatusehatSystem.model_validate(hospital.plan.settings)
        with pytest.raises(NotReady, match="ANTREAN_CONNECTION_KEMKES_CLIENT_ID is not set"):
            settings.sender(Opening(hospital.plan, hospital.house, {}))
        odd = {**hospital.plan.settings, "clinics": [{"queue": "ktp-el", "location": "x"}]}
        with pytest.raises(NotReady, match="ktp-el"):
            SatusehatSystem.model_validate(odd).sender(hospital.opening)


async def test_s6_2_the_trial_says_what_it_found_and_changes_nothing(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        settings = SatusehatSystem.model_validate(hospital.plan.settings)
        told = await settings.probe(hospital.opening)
        assert "gave a token to RSUD Double" in told
        assert "has 0 Locations" in told
        assert f"The Location of {CHILDREN}, {INTERNAL} is not among them." in told
        assert "Mode own" in told
        assert {asked.method for asked in hospital.platform.asked[1:]} == {"GET"}
        environment = {**ENVIRONMENT, "ANTREAN_CONNECTION_KEMKES_CLIENT_SECRET": "wrong"}
        with pytest.raises(Undelivered, match="not accepted"):
            await settings.probe(Opening(hospital.plan, hospital.house, environment))


async def test_s4_3_the_ihs_number_is_kept_encrypted_shown_to_nobody_and_erased_with_the_rest(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        person = await hospital.house.people.get(TICKET)
        assert person.values[Field.IHS] == IHS
        assert person.masked == {"name": NAME, "nik": "…0017"}
        stored = b"".join(_bytes_in(tmp_path / "antrean.db"))
        assert NIK.encode() not in stored
        assert IHS.encode() not in stored
        keys, now = hospital.house.people.keys, hospital.clock()
        held = await hospital.house.database.write(lambda c: export(c, keys, Whom(nik=NIK), "system:test", now))
        assert held["held"][0]["data"]["ihs"] == IHS
        await hospital.house.database.write(
            lambda c: erase_all(c, keys, Whom(ticket=TICKET), ("system:test", "Atas permintaan."), now)
        )
        await hospital.house.people.add(TICKET, Field.IHS, IHS)  # too late: it stays erased
        await hospital.serve(label)
        await hospital.deliver()
        assert len(hospital.platform.versions) == 1  # nothing more is told of them


async def test_s4_3_the_ihs_number_goes_when_its_days_are_over(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        await hospital.deliver()
        hospital.clock.turn(days=31)
        await Retention(hospital.house.people.database, hospital.house.branches, hospital.clock).run()
        assert (await hospital.house.people.get(TICKET)).values == {}
        assert hospital.house.branches.get(RSUD).retention_days[Field.IHS] == 30


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """All that is logged, as the service writes it, with the libraries at their most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    shape: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=PROCESSORS, processors=shape))
    loggers = [logging.getLogger(name) for name in ("", "httpx2", "httpcore2")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield stream
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


async def test_s4_4_the_nik_stands_in_no_log_and_in_no_reason(tmp_path: Path, heard: io.StringIO) -> None:
    async with a_hospital(tmp_path) as hospital:
        await hospital.come()
        await hospital.deliver()
        hospital.platform.hangs_up = True
        await hospital.come()
        with pytest.raises(Undelivered) as failed:
            await hospital.deliver()
    assert "identifier=https%3A%2F%2Ffhir.kemkes.go.id%2Fid%2Fnik%7C[masked]" in heard.getvalue()
    for text in (heard.getvalue(), str(failed.value)):
        assert NIK not in text
        assert CLIENT_SECRET not in text


async def test_s5_1_what_is_kept_beside_a_ticket_tells_nothing_of_a_person(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come()
        await hospital.deliver()
        marks = await hospital.marks(label)
        assert IHS not in str(marks)
        assert set(marks) == {"satusehat-visit", "satusehat-encounter"}


async def test_s6_3_a_counter_that_is_no_clinic_is_none_of_its_business(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as hospital:
        label = await hospital.come(PHARMACY)
        await hospital.serve(label, PHARMACY)
        await hospital.complete(PHARMACY)
        await hospital.deliver()
        assert hospital.platform.asked == []


def _bytes_in(path: Path) -> list[bytes]:
    with sqlite3.connect(path) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in tables for row in database.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
    return [value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
