"""Who leads, what stands beside a clinic, and what a hospital calls otherwise."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import NotReady, Opening, Undelivered
from integrations.simrs.client import SimrsClient
from integrations.simrs.system import SimrsSystem
from queue_service.domain.actions import Call, Cancel, Complete, Serve
from queue_service.domain.tickets import Status
from queue_service.records.plans import ConnectionPlan
from tests.doubles.simrs.hospital import PASSWORD, Hospital, a_hospital
from tests.doubles.simrs.schema import KHANZA, MLITE
from tests.houses import CHILDREN, PHARMACY, RSUD, a_house, open_counter
from tests.integrations.simrs.wards import (
    CHILD,
    CHILD_DOCTOR,
    CLINICS,
    INNER,
    INNER_DOCTOR,
    INNER_QUEUE,
    LAHAT,
    Ward,
    a_ward,
    settings_of,
)
from tests.mariadb import Mariadb, make_certificate
from tests.servers import ROOT

DESKS = [{"queue": "pendaftaran", "desks": {"7": "1"}}]


async def test_where_our_counters_lead_only_who_comes_and_who_does_not_is_read(
    tmp_path: Path, mariadb: Mariadb
) -> None:
    async with a_ward(tmp_path, mariadb, leads="antrean") as ward:
        first, second = await ward.register(), await ward.register()
        ward.hospital.call(first)
        ward.hospital.receive_file(first, ward.now)
        ward.hospital.examine(first, ward.now)
        ward.hospital.cancel(second)
        await ward.look()
        await ward.look()
        assert (await ward.ticket(first)).status is Status.WAITING
        assert (await ward.ticket(second)).status is Status.CANCELLED
        medicine = ward.hospital.prescribe(first, ward.now)
        await ward.look()
        assert (await ward.ticket(first)).queue == CHILDREN  # a clerk of ours is not done yet
        await open_counter(ward.house)
        for action in (Call("3", "B-001"), Serve("3"), Complete("3")):
            await ward.house.desk.act(RSUD, action, "clerk:test")
        await ward.look()
        at_pharmacy = await ward.ticket(first)
        assert (at_pharmacy.queue, at_pharmacy.status) == (PHARMACY, Status.WAITING)
        ward.hospital.hand_over(medicine, ward.now)
        await ward.look()
        assert (await ward.ticket(first)).status is Status.WAITING


async def test_a_patient_goes_from_clinic_to_clinic_with_one_number(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit = await ward.register()
        ward.hospital.move(visit, INNER, INNER_DOCTOR)
        await ward.look()
        moved = await ward.ticket(visit)
        assert (moved.label, moved.queue, moved.status) == ("B-001", INNER_QUEUE, Status.WAITING)
        ward.hospital.receive_file(visit, ward.now)
        await ward.look()
        assert (await ward.ticket(visit)).counter == "4"
        ward.hospital.move(visit, "RAD", "D09")  # which has no queue here
        ward.hospital.set_status(visit, "Belum")
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.SERVING


async def test_compounded_medicine_has_its_own_slower_queue(tmp_path: Path, mariadb: Mariadb) -> None:
    pharmacy = {"queue": PHARMACY, "compounded_queue": "pendaftaran"}
    async with a_ward(tmp_path, mariadb, pharmacy=pharmacy) as ward:
        plain, mixed = await ward.register(), await ward.register()
        ward.hospital.prescribe(plain, ward.now)
        ward.hospital.prescribe(mixed, ward.now)
        second = ward.hospital.prescribe(mixed, ward.now, is_compounded=True)
        for visit in (plain, mixed):
            ward.hospital.examine(visit, ward.now)
        await ward.look()
        assert (await ward.ticket(plain)).queue == PHARMACY
        assert (await ward.ticket(mixed)).queue == "pendaftaran"
        assert await ward.ticket(second, "simrs-prescription") == await ward.ticket(mixed)
        ward.hospital.call_to_pharmacy(second, is_compounded=True)
        ward.hospital.hand_over(second, ward.now)
        await ward.look()
        assert (await ward.ticket(mixed)).status is Status.CALLED  # the other one is still to come


async def test_a_call_that_is_repeated_is_told_again(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit, other = await ward.register(), await ward.register()
        ward.hospital.call(visit)
        await ward.look()
        ward.hospital.hear(visit)
        await ward.look()
        ward.hospital.ring_again(visit)
        await ward.look()
        assert await ward.kinds("B-001") == ["issued", "called", "recalled"]
        ward.hospital.call(other)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.HELD
        assert (await ward.ticket(other)).status is Status.CALLED
        ward.hospital.call(visit)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.CALLED


async def test_what_was_over_and_is_not_any_more_is_reopened(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, received="nothing") as ward:
        visit, other = await ward.register(), await ward.register()
        ward.hospital.set_status(visit, "Sudah")
        ward.hospital.cancel(other)
        await ward.look()
        await ward.look()
        ward.hospital.set_status(visit, "Belum")
        ward.hospital.set_status(other, "Belum")
        await ward.look()
        assert await ward.kinds("B-001") == ["issued", "concluded", "reopened"]
        assert await ward.kinds("B-002") == ["issued", "cancelled", "reopened"]


async def test_who_cancelled_on_their_own_phone_stays_so(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit = await ward.register()
        await ward.house.desk.act(RSUD, Cancel("B-001"), "visitor")
        ward.hospital.send_file(visit, ward.now)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.CANCELLED


async def test_another_process_that_takes_over_does_nothing_twice(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visits = [await ward.register() for _ in range(3)]
        ward.hospital.call(visits[0])
        ward.hospital.receive_file(visits[1], ward.now)
        ward.hospital.cancel(visits[2])
        await ward.look()
        await ward.look()
        before = await ward.kinds()
        other = ward.settings.poller(ward.opening)
        await other.look()
        await other.close()
        assert await ward.kinds() == before


async def test_inpatients_and_the_emergency_clinic_have_no_place_in_a_queue(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        await ward.register("IGDK", "D07")
        inpatient = ward.hospital.register(ward.now, CHILD, CHILD_DOCTOR)
        ward.hospital.run("UPDATE reg_periksa SET status_lanjut = 'Ranap' WHERE no_rawat = %s", inpatient)
        await ward.look()
        assert await ward.entries() == []


@pytest.mark.parametrize(("kind", "variant"), [(KHANZA, None), (KHANZA, "smc"), (KHANZA, "pendaftaran"), (MLITE, None)])
async def test_numbers_before_registration(tmp_path: Path, mariadb: Mariadb, kind: str, variant: str | None) -> None:
    hospital = a_hospital(mariadb, kind, variant)
    async with a_ward(tmp_path, mariadb, hospital, admission=DESKS) as ward:
        await ward.look()
        drawn = ward.now
        for number in (1, 2):
            hospital.draw_number(drawn, number)
        await ward.look()
        await called(ward, hospital, 1)
        await called(ward, hospital, 2)
        floor = await ward.house.floors.get_today(RSUD)
        assert (floor.tickets["A-001"].status, floor.tickets["A-002"].status) == (Status.COMPLETED, Status.CALLED)
        assert floor.tickets["A-002"].counter == "1"
        issued = [entry.event for entry in await ward.entries() if entry.event.kind == "issued"]
        assert {getattr(event, "occurred", None) for event in issued} == {drawn.replace(tzinfo=LAHAT)}


async def called(ward: Ward, hospital: Hospital, number: int) -> None:
    ward.clock.turn(minutes=1)
    hospital.call_number(ward.now, number, 7)
    await ward.look()


async def test_tables_and_columns_may_have_other_names(tmp_path: Path, mariadb: Mariadb) -> None:
    hospital = a_hospital(mariadb)
    hospital.run("RENAME TABLE antripoli TO antripoli_baru")
    hospital.run("ALTER TABLE antripoli_baru CHANGE no_rawat rawat VARCHAR(17)")
    hospital.run("DROP TABLE antriapotek3")
    tables = {"calls": {"name": "antripoli_baru", "columns": {"visit": "rawat"}}, "compounded_calls": {"name": ""}}
    async with a_ward(tmp_path, mariadb, hospital, tables=tables) as ward:
        visit = await ward.register()
        row = {"kd_dokter": CHILD_DOCTOR, "kd_poli": CHILD, "status": "1", "rawat": visit}
        hospital.add("antripoli_baru", row)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.CALLED


async def test_a_connection_is_tried_and_what_was_found_is_told(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        for _ in range(3):
            ward.hospital.register(ward.now, CHILD, CHILD_DOCTOR)
        database = ward.settings.database
        assert await ward.settings.probe(ward.opening) == (
            f"Connected to {database} on 127.0.0.1; its user may only read, but more than the tables that are needed;"
            " all tables and columns are there. 3 are registered for 2026-11-23, the last at 09:00."
        )
        ward.hospital.run("ALTER TABLE antripoli DROP COLUMN status")
        with pytest.raises(Undelivered, match=r"antripoli \(Unknown column 'antripoli.status'"):
            await ward.settings.probe(ward.opening)
        wrong = ward.opening.environment | {"ANTREAN_CONNECTION_KHANZA_PASSWORD": "falsch"}  # type: ignore[operator]
        with pytest.raises(Undelivered, match="Access denied"):
            await ward.settings.probe(type(ward.opening)(ward.opening.plan, ward.house, wrong))
        with pytest.raises(NotReady, match="ANTREAN_CONNECTION_KHANZA_PASSWORD is not set"):
            ward.settings.poller(type(ward.opening)(ward.opening.plan, ward.house, {}))


@pytest.mark.parametrize("kind", [KHANZA, MLITE])
async def test_what_the_page_for_hospitals_says_to_grant_is_enough_and_no_more(
    tmp_path: Path, mariadb: Mariadb, kind: str
) -> None:
    hospital = a_hospital(mariadb, kind)
    database, user = hospital.ask("SELECT DATABASE()"), f"antrean_{kind}"
    hospital.run(f"CREATE OR REPLACE USER {user} IDENTIFIED BY '{PASSWORD}'")
    page = (ROOT / "integrations" / "simrs" / "README.md").read_text()
    others = ("mlite_",) if kind == KHANZA else ("antri", "referensi_mobilejkn")
    for columns, table in re.findall(r"GRANT (SELECT[^;]*?)\s+ON \w+\.(\w+)\s+TO 'antrean'@'10.0.0.7';", page):
        if not table.startswith(others):
            hospital.run(f"GRANT {columns} ON {database}.{table} TO {user}")
    wanted: dict[str, Any] = {"user": user, "people": ["nik", "card", "phone"], "name": "masked"}
    async with a_ward(tmp_path, mariadb, hospital, **wanted) as ward:
        visit = await ward.register()
        ward.hospital.prescribe(visit, ward.now)
        ward.hospital.examine(visit, ward.now)
        await ward.look()
        assert (await ward.ticket(visit)).queue == PHARMACY
        assert "; its user may only read; all tables and columns" in await ward.settings.probe(ward.opening)


async def test_a_server_has_to_be_who_it_says_it_is_where_a_file_of_authorities_is_named(mariadb: Mariadb) -> None:
    hospital = a_hospital(mariadb)
    hospital.run(f"CREATE OR REPLACE USER heimlich IDENTIFIED BY '{PASSWORD}' REQUIRE SSL")
    hospital.run(f"GRANT SELECT ON {hospital.ask('SELECT DATABASE()')}.* TO heimlich")
    other = mariadb.folder / "other.pem"
    make_certificate(other)
    for authorities, told in ((None, "Access denied"), (other, "certificate verify failed"), (mariadb.certificate, "")):
        settings = settings_of(mariadb, hospital, user="heimlich", ca_file=authorities)
        client = SimrsClient(settings, PASSWORD)
        if told:
            with pytest.raises(Undelivered, match=told):
                await client.rights()
        else:
            assert (await client.rights()).beyond == ()
        await client.close()
    hospital.connection.close()


PLAIN: dict[str, Any] = {
    "host": "10.0.0.5",
    "database": "sik",
    "user": "antrean",
    "preset": "khanza",
    "leads": "simrs",
    "clinics": CLINICS,
    "pharmacy": {"queue": PHARMACY},
}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"tables": {"call": {"name": "x"}}}, "expected one of .*calls.*, not “call”"),
        ({"tables": {"calls": {"columns": {"no_rawat": "x"}}}}, "expected one of clinic, doctor, status, visit"),
        ({"tables": {"calls": {"name": "a; DROP"}}}, "expected a name of letters"),
        ({"tables": {"visits": {"name": ""}}}, "nothing can be followed"),
        ({"clinics": [*CLINICS, {"clinic": "X", "queue": PHARMACY}]}, "not both"),
        ({"clinics": [{"clinic": "X", "queue": "x", "hours": "8-12"}]}, "expected practice hours such as 08:00-12:00"),
        ({"seconds": 0.1}, "greater than or equal to 1"),
    ],
)
def test_wrong_settings_are_refused_with_a_sentence(more: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SimrsSystem.model_validate(PLAIN | more)


async def test_a_queue_and_a_counter_have_to_be_there(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        for more, sentence in (
            ({"queue": "poli-gigi"}, "no queue “poli-gigi”"),
            ({"queue": CHILDREN, "counter": "99"}, "no counter “99”"),
        ):
            settings = SimrsSystem.model_validate(PLAIN | {"clinics": [{"clinic": "ANA", **more}]})
            with pytest.raises(NotReady, match=sentence):
                settings.poller(Opening(ConnectionPlan(id="a", system="simrs", branches=[RSUD]), house, {}))
        with pytest.raises(NotReady, match="name one branch"):
            SimrsSystem.model_validate(PLAIN).poller(Opening(ConnectionPlan(id="a", system="simrs"), house, {}))


def test_practice_hours_choose_among_the_queues_of_a_clinic() -> None:
    sessions = {"pagi": "08:00-12:00", "sore": "13:00-15:00"}
    hours = [{"clinic": "INT", "queue": queue, "hours": each} for queue, each in sessions.items()]
    settings = SimrsSystem.model_validate(PLAIN | {"clinics": hours})
    found = [settings.clinic_of("int", "D1", time(hour)) for hour in (7, 11, 12, 14, 16)]
    assert [plan and plan.queue for plan in found] == ["pagi", "pagi", "sore", "sore", "sore"]
    assert settings.clinic_of("IGDK", "D1", time(9)) is None
