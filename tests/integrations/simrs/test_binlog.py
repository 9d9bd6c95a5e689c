"""Following a server's binary log, as a hospital may allow it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.contract import Undelivered
from queue_service.domain.tickets import Status
from queue_service.records.tables import positions
from tests.doubles.simrs.hospital import READER, Hospital, a_hospital
from tests.integrations.simrs.conftest import a_server
from tests.integrations.simrs.wards import CHILD, CHILD_DOCTOR, Ward, a_ward
from tests.mariadb import LOGGING, Mariadb

# Of PyMySQL, about what the library that reads the log passes to it.
pytestmark = pytest.mark.filterwarnings("ignore:'db' is deprecated")


@pytest.fixture(scope="module")
def logging() -> Iterator[Mariadb]:
    with a_server(*LOGGING) as server:
        yield server


def a_logged_hospital(server: Mariadb) -> Hospital:
    hospital = a_hospital(server)
    hospital.run(f"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {READER}")
    return hospital


async def test_each_call_is_heard_also_where_the_next_follows_at_once(tmp_path: Path, logging: Mariadb) -> None:
    async with a_ward(tmp_path, logging, a_logged_hospital(logging), follows="binlog") as ward:
        first, second = await ward.register(), await ward.register()
        ward.hospital.call(first)
        ward.hospital.hear(first)
        ward.hospital.call(second)
        await ward.look()
        assert await ward.kinds("B-001") == ["issued", "called", "held"]
        assert (await ward.ticket(second)).status is Status.CALLED
        await ward.look()
        assert len(await ward.kinds("B-002")) == 2


async def test_acceptance_4_a_slip_of_the_hand_stands_in_the_log_and_cancels_nobody(
    tmp_path: Path, logging: Mariadb
) -> None:
    async with a_ward(tmp_path, logging, a_logged_hospital(logging), follows="binlog") as ward:
        visit = await ward.register()
        ward.hospital.cancel(visit)
        ward.hospital.set_status(visit, "Belum")
        await ward.look()
        assert await ward.kinds("B-001") == ["issued"]
        ward.hospital.cancel(visit)
        await ward.look()
        await ward.look()
        assert await ward.kinds("B-001") == ["issued", "cancelled"]


async def test_it_goes_on_from_the_place_that_it_kept(tmp_path: Path, logging: Mariadb) -> None:
    encrypted = {"follows": "binlog", "ca_file": str(logging.certificate)}
    async with a_ward(tmp_path, logging, a_logged_hospital(logging), **encrypted) as ward:
        await ward.register()
        kept = await the_place(ward)
        ward.hospital.run("FLUSH BINARY LOGS")
        visit = await ward.register()
        assert await the_place(ward) != kept
        other = ward.settings.poller(ward.opening)
        ward.hospital.call(visit)
        await other.look()
        await other.close()
        assert (await ward.ticket(visit)).status is Status.CALLED


async def test_a_log_that_was_thrown_away_is_made_up_for_by_a_look_at_everything(
    tmp_path: Path, logging: Mariadb
) -> None:
    async with a_ward(tmp_path, logging, a_logged_hospital(logging), follows="binlog") as ward:
        await ward.register()
        visit = ward.hospital.register(ward.now, CHILD, CHILD_DOCTOR)
        ward.hospital.run("RESET MASTER")
        ward.hospital.run("FLUSH BINARY LOGS")
        ward.hospital.run("PURGE BINARY LOGS BEFORE NOW()")
        await ward.look()
        assert (await ward.ticket(visit)).label == "B-002"
        ward.hospital.call(visit)
        await ward.look()
        assert (await ward.ticket(visit)).status is Status.CALLED


async def test_a_server_that_keeps_no_log_is_told_of(tmp_path: Path, mariadb: Mariadb) -> None:
    async with a_ward(tmp_path, mariadb, a_logged_hospital(mariadb), follows="binlog") as ward:
        for tried in (ward.look(), ward.settings.probe(ward.opening)):
            with pytest.raises(Undelivered, match="log_bin=ON, binlog_format=ROW, binlog_row_metadata=FULL"):
                await tried


async def the_place(ward: Ward) -> str | None:
    found = await ward.house.database.read(lambda connection: connection.execute(positions.select()).one())
    return str(found.position)
