"""Births in a hospital's own system: each mother is asked, once, and on a page of hers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import NotReady, Opening
from integrations.simrs.poller import SimrsPoller
from integrations.simrs.settings import BirthsPlan
from integrations.simrs.system import SimrsSystem
from queue_service.domain.referrals import Referral, Standing
from queue_service.records.identifiers import identifiers_on
from queue_service.records.plans import ConnectionPlan
from queue_service.records.referrals import sent_from
from tests.births import AKTA, ERRAND, MATERNITY, NIK, REGISTRY, RSUD, a_regency, agreed
from tests.doubles.simrs.hospital import PASSWORD, a_hospital
from tests.houses import NINE, Clock
from tests.integrations.simrs.wards import Ward, settings_of
from tests.mariadb import Mariadb

CLINIC, DOCTOR, MOTHER, CHILD = "KDG", "D03", "000017", "000018"
CLINICS = [{"clinic": CLINIC, "queue": MATERNITY}]


@asynccontextmanager
async def a_delivery_room(folder: Path, server: Mariadb, **births: Any) -> AsyncIterator[Ward]:
    clock, hospital = Clock(), a_hospital(server)
    told = {"births": {"errand": ERRAND, **births}, "people": ["nik"], "clinics": CLINICS, "pharmacy": None}
    settings = settings_of(server, hospital, **told)
    async with a_regency(folder, clock) as house:
        opening = opened(house, settings)
        poller = settings.poller(opening)
        assert isinstance(poller, SimrsPoller)
        hospital.know(MOTHER, "IBU CONTOH", no_ktp=NIK)
        try:
            yield Ward(house, hospital, clock, poller, opening, settings)
        finally:
            await poller.close()
            hospital.connection.close()


def opened(house: Any, settings: SimrsSystem) -> Opening:
    plan = ConnectionPlan(id="khanza", system="simrs", branches=[RSUD], settings=settings.model_dump(mode="json"))
    return Opening(plan, house, {"ANTREAN_CONNECTION_KHANZA_PASSWORD": PASSWORD})


async def offers(ward: Ward) -> list[Referral]:
    return await ward.house.database.read(lambda connection: sent_from(connection, RSUD, ward.clock.now))


async def look(ward: Ward) -> None:
    await ward.look(seconds=6)


async def test_a_mother_is_asked_once_and_decides_herself(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_delivery_room(tmp_path, mariadb) as ward:
        mother = await ward.register(CLINIC, DOCTOR, record=MOTHER)
        ward.hospital.examine(mother, ward.at(0))
        await look(ward)
        assert await offers(ward) == []
        ward.hospital.bear(mother, ward.now, CHILD)
        ward.hospital.bear(mother, ward.now, "000019")  # twins are one errand
        await look(ward)
        (offered,) = await offers(ward)
        assert (offered.standing, offered.label, offered.errand) == (Standing.OFFERED, "K-001", ERRAND)
        await look(ward)
        await ward.house.referring.withdraw(offered, "visitor")
        again = ward.settings.poller(ward.opening)  # as after a restart, with nothing in memory
        try:
            await again.look()
        finally:
            await again.close()
        (declined,) = await offers(ward)
        assert declined.standing is Standing.WITHDRAWN


async def test_a_birth_on_a_later_day_is_that_of_the_mothers_number(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_delivery_room(tmp_path, mariadb) as ward:
        mother = await ward.register(CLINIC, DOCTOR, record=MOTHER)
        ward.hospital.set_status(mother, "Dirawat")
        await look(ward)
        ward.clock.turn(days=1)
        ward.hospital.bear(mother, ward.now, CHILD)
        await look(ward)
        (offered,) = await offers(ward)
        assert offered.day == NINE.date()
        referral = await ward.house.referring.refer(agreed(ward.house, offered), "visitor")
        assert referral.standing is Standing.ACCEPTED and referral.on is not None
        person = await ward.house.people.get((REGISTRY, referral.on, referral.number))
        assert (person.queue, person.values) == (AKTA, {"nik": NIK})


async def test_nobody_is_asked_who_mourns(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_delivery_room(tmp_path, mariadb, queue=MATERNITY) as ward:
        mother = await ward.register(CLINIC, DOCTOR, record=MOTHER)
        ward.hospital.bear(mother, ward.now, CHILD)
        ward.hospital.lose(CHILD, ward.now)
        other = ward.hospital.register(ward.now, "IGDK", "D00", MOTHER)
        ward.hospital.bear(other, ward.now, "000020")
        ward.hospital.set_status(other, "Meninggal")
        await look(ward)
        await look(ward)
        assert await offers(ward) == []
        third = ward.hospital.register(ward.now, "IGDK", "D00", MOTHER)
        ward.hospital.bear(third, ward.now, "000021")
        await look(ward)
        (offered,) = await offers(ward)
        assert offered.standing is Standing.OFFERED
        ward.hospital.lose("000021", ward.now)
        await look(ward)
        (taken_back,) = await offers(ward)
        assert taken_back.standing is Standing.WITHDRAWN


async def test_a_mother_who_came_another_way_gets_a_number_where_the_set_up_has_it(
    tmp_path: Path, mariadb: Mariadb, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_delivery_room(tmp_path, mariadb, queue=MATERNITY) as ward:
        mother = ward.hospital.register(ward.now, "IGDK", "D00", MOTHER)
        ward.hospital.bear(mother, ward.now, CHILD)
        await look(ward)
        await look(ward)
        (offered,) = await offers(ward)
        day = ward.house.floors.today(RSUD)[1]
        known = await ward.house.database.read(lambda c: identifiers_on(c, RSUD, "simrs-birth", day))
        assert [(one.value, one.label) for one in known] == [(mother, offered.label)]
        assert (await ward.house.people.get((RSUD, day, offered.label))).values == {"nik": NIK}
    async with a_delivery_room(tmp_path / "other", mariadb) as ward:
        mother = ward.hospital.register(ward.now, "IGDK", "D00", MOTHER)
        ward.hospital.bear(mother, ward.now, CHILD)
        await look(ward)
        await look(ward)
        assert await offers(ward) == []
        said = [record for record in caplog.messages if f"the birth of {mother}" in record]
        assert len(said) == 1 and "no number here" in said[0]


async def test_an_errand_that_there_is_not_is_named(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_delivery_room(tmp_path, mariadb) as ward:
        wrong = ward.settings.model_copy(update={"births": BirthsPlan(errand="x")})
        with pytest.raises(NotReady, match="has no errand “x”"):
            wrong.poller(opened(ward.house, wrong))
        assert "all tables and columns are there" in await ward.settings.probe(ward.opening)
