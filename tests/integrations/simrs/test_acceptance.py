"""What an adapter to these systems has to stand, by the numbers under which it was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import mysql

from integrations.contract import Undelivered
from integrations.simrs import poller
from integrations.simrs.client import visits_of
from queue_service.domain.asking import Field
from queue_service.domain.tickets import Status
from tests.doubles.simrs.hospital import READER, Hospital, a_hospital
from tests.doubles.simrs.schema import MLITE
from tests.doubles.simrs.years import fill
from tests.houses import CHILDREN, RSUD
from tests.integrations.simrs.wards import CHILD, CHILD_DOCTOR, INNER, INNER_DOCTOR, LAHAT, Ward, a_ward
from tests.mariadb import Mariadb

TODAY = date(2026, 11, 23)


async def test_acceptance_1_bookings_check_ins_and_cancellations_of_mlite(tmp_path: Path, mariadb: Mariadb) -> None:
    hospital = a_hospital(mariadb, MLITE)
    async with a_ward(tmp_path, mariadb, hospital) as ward:
        tomorrow, later = ward.at(24 * 60), ward.at(60)
        hospital.book(ward.now, later, CHILD, CHILD_DOCTOR, "000011", code="RS1123ANA001MJKN")
        hospital.book(ward.now, later, CHILD, CHILD_DOCTOR, "000012", code="RS1123ANA002MJKN")
        hospital.book(ward.now, tomorrow, INNER, INNER_DOCTOR, "000011", code="RS1124INT001MJKN")
        await ward.look()
        first = await ward.ticket("RS1123ANA001MJKN", "bpjs-booking")
        second = await ward.ticket("RS1123ANA002MJKN", "bpjs-booking")
        assert (first.label, first.status, first.slot) == ("B-001", Status.BOOKED, later.replace(tzinfo=LAHAT))
        assert second.label == "B-002"
        ahead = await ward.house.floors.get((RSUD, TODAY + timedelta(days=1)))
        assert [ticket.label for ticket in ahead.tickets.values()] == ["C-001"]
        ward.clock.turn(minutes=30)
        visit = hospital.check_in(ward.now, "000011", code="RS1123ANA001MJKN")
        hospital.set_booking("000012", TODAY, "Batal")
        await ward.look()
        came = await ward.ticket(visit)
        assert (came.label, came.status) == ("B-001", Status.WAITING)
        assert (await ward.ticket("RS1123ANA002MJKN", "bpjs-booking")).status is Status.CANCELLED
        hospital.receive_file(visit, ward.now)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.SERVING
        hospital.examine(visit, ward.now)
        await ward.look()
        assert await ward.kinds("B-001") == ["booked", "checked_in", "called", "serving", "completed"]


async def test_acceptance_2_a_look_reads_ranges_of_keys_and_no_more(tmp_path: Path, mariadb: Mariadb) -> None:
    hospital = a_hospital(mariadb)
    fill(hospital, TODAY - timedelta(days=20), 21, 40)
    async with a_ward(tmp_path, mariadb, hospital) as ward:
        asked = ward.poller._client.statements
        for statement, reads in ((asked.visits, "reg_periksa"), (asked.prescriptions, "resep_obat")):
            plans = {plan["table"]: plan for plan in explained(hospital, statement)}
            assert (plans[reads]["type"], plans[reads]["rows"]) == ("range", "40")
            assert not {"ALL", "index"} & {plan["type"] for plan in plans.values()}


def explained(hospital: Hospital, statement: Select[Any]) -> list[dict[str, Any]]:
    """How the server would find what this asks for of today."""
    asked = str(statement.compile(dialect=mysql.dialect()))
    written = asked % tuple(f"'{bound}'" for bound in visits_of(TODAY).values())
    for table in ("reg_periksa", "resep_obat"):
        hospital.run(f"ANALYZE TABLE {table}")
    with hospital.connection.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute(f"EXPLAIN {written}")
        return list(cursor.fetchall())


async def test_acceptance_3_a_registration_that_is_deleted_is_cancelled_after_two_looks(
    tmp_path: Path, mariadb: Mariadb
) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        stays, goes = await ward.register(), await ward.register()
        ward.hospital.delete(goes)
        await ward.look()
        assert (await ward.ticket(goes)).status is Status.WAITING
        await ward.look()
        assert (await ward.ticket(goes)).status is Status.CANCELLED
        assert (await ward.ticket(stays)).status is Status.WAITING


async def test_acceptance_3_a_table_that_is_being_restored_cancels_nobody(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visits = [await ward.register() for _ in range(6)]
        ward.hospital.run("CREATE TABLE kept AS SELECT * FROM reg_periksa")
        ward.hospital.run("DELETE FROM reg_periksa")
        for _ in range(3):
            with pytest.raises(Undelivered, match="are gone"):
                await ward.look()
        ward.hospital.run("INSERT INTO reg_periksa SELECT * FROM kept LIMIT 2")
        with pytest.raises(Undelivered, match="4 of 6"):
            await ward.look()
        ward.hospital.run("INSERT IGNORE INTO reg_periksa SELECT * FROM kept")
        await ward.look()
        await ward.look()
        assert {(await ward.ticket(visit)).status for visit in visits} == {Status.WAITING}


async def test_acceptance_3_a_clock_in_another_time_zone_is_told_and_its_times_are_not_believed(
    tmp_path: Path, mariadb: Mariadb, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        await ward.look()
        early = ward.hospital.register(ward.at(-7 * 60), CHILD, CHILD_DOCTOR)
        await ward.look()
        assert "7 whole hours off behind ours; is a time zone wrong?" in caplog.text
        ward.hospital.move_registration(early, ward.now)
        ward.hospital.receive_file(early, ward.at(60))
        await ward.look()
        assert f"{early}: received: 1 whole hour off" in caplog.text
        assert await ward.served_at() == [None]


async def test_acceptance_3_zero_dates_are_no_moments(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit = ward.hospital.register(ward.now, CHILD, CHILD_DOCTOR)
        ward.hospital.send_file(visit, ward.now)
        ward.hospital.prescribe(visit, ward.now)
        assert ward.hospital.ask("SELECT COUNT(*) FROM mutasi_berkas WHERE diterima = '0000-00-00 00:00:00'") == 1
        await ward.look()
        ticket = await ward.ticket(visit)
        assert (ticket.status, ticket.queue) == (Status.WAITING, CHILDREN)


async def test_acceptance_3_two_registrations_with_one_number_get_two_tickets(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        first = await ward.register(number="003")
        second = await ward.register(number="003")
        assert [(await ward.ticket(visit)).label for visit in (first, second)] == ["B-003", "B-1003"]


async def test_acceptance_3_a_status_that_nobody_knows_fails_its_own_row(
    tmp_path: Path, mariadb: Mariadb, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        ward.hospital.run("ALTER TABLE reg_periksa MODIFY stts VARCHAR(20)")
        odd, blank = await ward.register(), await ward.register()
        ward.hospital.set_status(odd, "Sedang Diperiksa")
        ward.hospital.set_status(blank, "")
        plain = await ward.register()
        assert {(await ward.ticket(visit)).status for visit in (odd, blank, plain)} == {Status.WAITING}
        assert f"{odd} has the status “Sedang Diperiksa”, which is not known" in caplog.text


async def test_acceptance_3_a_name_of_latin1_is_read_and_masked(tmp_path: Path, mariadb: Mariadb) -> None:
    wanted: dict[str, Any] = {"name": "masked", "people": ["card", "nik", "phone", "record"]}
    async with a_ward(tmp_path, mariadb, **wanted) as ward:
        told = {"no_ktp": "9999991234567890", "no_peserta": "0001234567890", "no_tlp": "0812 1111 222 / 0813 1"}
        ward.hospital.know("000044", "Émile Ñandú", **told)
        visit = await ward.register(record="000044")
        label = (await ward.ticket(visit)).label
        kept = (await ward.house.people.get((RSUD, TODAY, label))).values
        assert kept == {
            Field.NAME: "É*** Ñ***",
            Field.NIK: "9999991234567890",
            Field.CARD: "0001234567890",
            Field.RECORD: "000044",
        }


async def test_acceptance_4_who_is_cancelled_by_a_slip_of_the_hand_is_not(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        visit = await ward.register()
        ward.hospital.cancel(visit)
        ward.hospital.set_status(visit, "Belum")
        await ward.look()
        ward.hospital.cancel(visit)  # and the look comes just in between
        await ward.look()
        assert ward.poller.seconds < poller.SECOND_LOOK_SECONDS  # the next comes soon
        ward.hospital.set_status(visit, "Belum")
        await ward.look()
        assert await ward.kinds("B-001") == ["issued"]
        ward.hospital.cancel(visit)
        await ward.look()
        await ward.look()
        assert await ward.kinds("B-001") == ["issued", "cancelled"]


async def test_acceptance_5_after_twenty_minutes_without_the_database_there_is_one_resync(
    tmp_path: Path, mariadb: Mariadb
) -> None:
    async with a_ward(tmp_path, mariadb) as ward:
        waiting = [ward.hospital.register(ward.at(-60), CHILD, CHILD_DOCTOR) for _ in range(60)]
        await ward.look()
        before = len(await ward.entries())
        mariadb.stop()
        with pytest.raises(Undelivered, match="does not answer"):
            await ward.look()
        ward.clock.turn(minutes=20)
        mariadb.start()
        ward.hospital.connection.connect()
        changed = a_busy_time(ward, waiting)
        await ward.look()
        entries = (await ward.entries())[before:]
        calls = [entry for entry in entries if entry.event.kind == "called"]
        assert changed == 300 and len(calls) == 1
        assert (await ward.ticket(waiting[50])).status is Status.CALLED
        finished = [await ward.ticket(visit) for visit in waiting[:50]]
        assert {ticket.status for ticket in finished} == {Status.COMPLETED}
        each = [getattr(entry.event, "label", "") for entry in entries]
        assert max(each.count(ticket.label) for ticket in finished) == 1
        after = len(await ward.entries())
        await ward.look()
        assert len(await ward.entries()) == after


def a_busy_time(ward: Ward, waiting: list[str]) -> int:
    """Fifty are called, received and examined; then one more is called. How many changes that were."""
    hospital, changes = ward.hospital, 0
    for n, visit in enumerate(waiting[:50]):
        at = ward.at(-19) + timedelta(seconds=20 * n)
        hospital.call(visit)
        hospital.hear(visit)
        hospital.send_file(visit, at)
        hospital.receive_file(visit, at)
        hospital.examine(visit, at + timedelta(seconds=15))
        changes += 5
    for visit in waiting[10:59]:
        hospital.send_file(visit, ward.at(-1))
        changes += 1
    hospital.call(waiting[50])
    return changes + 1


@pytest.mark.parametrize("right", ["INSERT", "UPDATE", "DELETE"])
async def test_acceptance_6_a_user_who_may_write_reads_nothing(tmp_path: Path, mariadb: Mariadb, right: str) -> None:
    hospital = a_hospital(mariadb)
    database = hospital.ask("SELECT DATABASE()")
    async with a_ward(tmp_path, mariadb, hospital) as ward:
        hospital.register(ward.now, CHILD, CHILD_DOCTOR)
        hospital.run(f"GRANT {right} ON {database}.* TO {READER}")
        try:
            with pytest.raises(Undelivered, match="may do more than read"):
                await ward.look()
            assert await ward.entries() == []
        finally:
            hospital.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {READER}")
        hospital.run(f"GRANT SELECT ON {database}.* TO {READER}")
        await ward.poller._client.close()  # rights are those of when the connection was made
        await ward.look()
        assert await ward.kinds() == ["issued"]


async def test_acceptance_6_warned_only_where_the_settings_say_so(
    tmp_path: Path, mariadb: Mariadb, caplog: pytest.LogCaptureFixture
) -> None:
    hospital = a_hospital(mariadb)
    database = hospital.ask("SELECT DATABASE()")
    async with a_ward(tmp_path, mariadb, hospital, rights="warn") as ward:
        hospital.run(f"GRANT INSERT ON {database}.* TO {READER}")
        try:
            await ward.register()
        finally:
            hospital.run(f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {READER}")
        assert "may do more than read: INSERT" in caplog.text and await ward.kinds() == ["issued"]
