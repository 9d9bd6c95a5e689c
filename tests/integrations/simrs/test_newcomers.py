"""Who was never here before comes by way of admission; and what the SIMRS has told SATUSEHAT is known here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.contract import NotReady
from tests.doubles.simrs.hospital import a_hospital
from tests.doubles.simrs.schema import MLITE
from tests.houses import CHILDREN, RSUD
from tests.integrations.simrs.wards import CHILD, CHILD_DOCTOR, CLINICS, a_ward, settings_of
from tests.mariadb import Mariadb

JOURNEY = "pasien-baru"
NEW = [{**CLINICS[0], "new_journey": JOURNEY}, CLINICS[1]]
ADMISSION = "pendaftaran"
BY_ADMISSION: dict[str, Any] = {"leads": "antrean", "clinics": NEW, "journey": (JOURNEY, ADMISSION, CHILDREN)}


async def test_a_newcomer_is_admitted_first_and_others_are_not(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, **BY_ADMISSION) as ward:
        new, known = await ward.register(is_new=True), await ward.register()
        assert [(await ward.ticket(visit)).queue for visit in (new, known)] == [ADMISSION, CHILDREN]
        facts = {link.value: link.facts for link in await ward.links("simrs-visit")}
        assert facts == {new: {"new": True}, known: {}}


async def test_a_booking_says_itself_whether_its_holder_is_new(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, **BY_ADMISSION) as ward:
        visit = ward.hospital.register(ward.now, CHILD, CHILD_DOCTOR, is_new=True)
        ward.hospital.refer(visit, "20261123000001")  # BPJS was told that this one is known
        await ward.look()
        assert (await ward.ticket(visit)).queue == CHILDREN
        assert [link.facts for link in await ward.links("bpjs-booking")] == [{"new": False}]


async def test_a_journey_that_is_not_set_up_is_told(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, leads="antrean") as ward:
        settings = settings_of(mariadb, ward.hospital, leads="antrean", clinics=NEW)
        with pytest.raises(NotReady, match=f"{RSUD} has no journey “{JOURNEY}” that leads to {CHILDREN}"):
            settings.poller(ward.opening)


def test_a_journey_is_for_hospitals_whose_counters_call_here(mariadb: Mariadb) -> None:
    hospital = a_hospital(mariadb)
    with pytest.raises(ValueError, match="leads: antrean"):
        settings_of(mariadb, hospital, leads="simrs", clinics=NEW)
    hospital.connection.close()


async def test_an_encounter_that_the_simrs_has_sent_is_known(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, a_hospital(mariadb, MLITE), encounters=True) as ward:
        visit = await ward.register()
        ward.hospital.send_encounter(visit, "b017aa54-f1df-4ec2-9d84-8823815d7228")
        await ward.look()
        (link,) = await ward.links("simrs-encounter")
        assert (link.value, link.label) == ("b017aa54-f1df-4ec2-9d84-8823815d7228", (await ward.ticket(visit)).label)
