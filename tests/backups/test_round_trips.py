"""What was backed up is there again, in whichever database."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from queue_service.backups.files import BackupRefused
from queue_service.backups.restore import WouldLose
from queue_service.domain.events import from_ms
from queue_service.records.devices.tables import devices
from queue_service.records.staff.accounts import read_accounts
from queue_service.records.staff.changes import disable_account
from queue_service.records.staff.sessions import Way, begin_session
from queue_service.records.staff.tables import sessions
from queue_service.records.tables import keys
from tests.backups.conftest import NewAddress, Vault, everything, find_petugas, house_at, live_a_little, opened
from tests.houses import NINE, RSUD, Clock, issue

KINDS = ("sqlite", "postgresql", "pgbouncer")


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
async def test_every_table_is_the_same_in_the_other_database(
    tmp_path: Path, new_address: NewAddress, source: str, target: str
) -> None:
    here, there = new_address(source), new_address(target)
    async with house_at(tmp_path, here) as house:
        await live_a_little(house)
    vault = Vault(tmp_path, here)
    taken = await vault.back_up()
    restored = await vault.restore(to=there, further=0)
    before, after = await everything(here), await everything(there)
    assert {name for name, rows in before.items() if not rows} == set()
    assert taken.rows == {name: len(rows) for name, rows in before.items()}
    assert after.pop("epochs") == [("journal", restored.epoch)] != before.pop("epochs")
    assert after == before


async def test_every_table_of_the_database_is_in_the_file(tmp_path: Path, new_address: NewAddress) -> None:
    address = new_address("sqlite")
    async with house_at(tmp_path, address):
        pass
    await Vault(tmp_path, address).back_up()
    lines = [json.loads(line) for line in gzip.decompress((tmp_path / "backup").read_bytes()).splitlines()]
    heads = {line["table"] for line in lines if isinstance(line, dict) and "table" in line}
    assert heads == (await everything(address)).keys()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_what_is_newer_than_the_backup_is_let_go_only_when_that_is_said(
    tmp_path: Path, new_address: NewAddress, kind: str
) -> None:
    clock, address = Clock(), new_address(kind)
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address, clock) as house:
        await live_a_little(house)
        await vault.back_up(at=clock)
        clock.turn(minutes=41)
        for _ in range(3):
            await issue(house)
    before = await everything(address)
    with pytest.raises(WouldLose) as refused:
        await vault.restore(at=clock)
    lost = refused.value.lost
    assert (lost.entries, lost.last_at, lost.last_branch) == (3, clock(), RSUD)
    assert await everything(address) == before
    restored = await vault.restore(at=clock, discard=True)
    assert restored.lost == lost
    assert len((await everything(address))["entries"]) == len(before["entries"]) - 3 + len(restored.skips)


async def test_the_same_backup_restored_again_loses_nothing_of_the_first_time(
    tmp_path: Path, new_address: NewAddress
) -> None:
    address = new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address) as house:
        await live_a_little(house)
    await vault.back_up()
    first = await vault.restore()
    assert (first.lost, first.is_same, first.skips) == (None, True, [])
    second = await vault.restore(further=0)
    assert (second.lost, second.is_same) == (None, False)
    assert second.epoch != first.epoch


async def test_a_key_or_screen_that_was_ended_after_the_backup_stays_ended(
    tmp_path: Path, new_address: NewAddress
) -> None:
    clock, address = Clock(), new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address, clock) as house:
        await live_a_little(house)
        await vault.back_up(at=clock)
        (key_id, *_), *_ = (await everything(address))["keys"]
        ((device, _),) = house.devices.at(RSUD)
        clock.turn(minutes=1)
        assert await house.keys.revoke(key_id, clock())
        await house.devices.revoke(device.id, "test", clock())
    await vault.restore(at=clock)
    async with opened(address) as database:
        asked = select(keys.c.id, keys.c.revoked_ms).union_all(select(devices.c.id, devices.c.revoked_ms))
        ended = {
            row.id: row.revoked_ms for row in await database.read(lambda connection: connection.execute(asked).all())
        }
    assert from_ms(ended[key_id]) == from_ms(ended[device.id]) == clock()
    assert list(ended.values()).count(None) == len(ended) - 2


async def test_nobody_who_was_shut_out_after_the_backup_is_let_in_again(
    tmp_path: Path, new_address: NewAddress
) -> None:
    clock, address = Clock(), new_address("sqlite")
    vault = Vault(tmp_path, address)
    async with house_at(tmp_path, address, clock) as house:
        await live_a_little(house)
        await vault.back_up(at=clock)
        later = house.sessions.new(NINE, Way.PASSWORD, "Chrome", key="00000000")

        def shut_out(connection: Connection) -> None:
            begin_session(connection, later)
            assert disable_account(connection, "test", find_petugas(connection), NINE)

        await house.database.write(shut_out)
    await vault.restore(at=clock)
    async with opened(address) as database:
        known = await database.read(read_accounts)
        asked = select(sessions.c.id, sessions.c.ended_ms)
        ended = {
            row.id: row.ended_ms for row in await database.read(lambda connection: connection.execute(asked).all())
        }
    assert [account.is_disabled for account in known.values()] == [True]
    assert ended.pop(later["id"]) is None
    assert len(ended) == 1 and None not in ended.values()


async def test_there_must_be_tables_and_they_must_be_of_this_version(tmp_path: Path, new_address: NewAddress) -> None:
    address = new_address("sqlite")
    vault = Vault(tmp_path, address)
    with pytest.raises(BackupRefused, match="no tables yet"):
        await vault.back_up()
    async with house_at(tmp_path, address):
        pass

    def age(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    async with opened(address) as database:
        await database.write(age)
    with pytest.raises(BackupRefused, match="of revision 0000"):
        await vault.back_up()


async def test_a_backup_does_not_hold_the_secret(tmp_path: Path, new_address: NewAddress) -> None:
    address = new_address("sqlite")
    async with house_at(tmp_path, address) as house:
        label = await issue(house)
    await Vault(tmp_path, address).back_up()
    content = gzip.decompress((tmp_path / "backup").read_bytes()).decode()
    assert label in content
    assert (tmp_path / "secret").read_text() not in content
