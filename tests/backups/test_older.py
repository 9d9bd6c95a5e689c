"""A backup that an earlier version took is restored by this one."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Connection, MetaData

from queue_service.backups.files import BackupFile, BackupRefused, BackupWriter, Header, TableHead
from queue_service.backups.older import brought_up
from queue_service.backups.restore import Wanted, check, restore
from queue_service.database.migrate import migrate_to
from tests.backups.conftest import NewAddress, Vault, everything, house_at, live_a_little, opened
from tests.houses import NINE, RSUD


async def columns_at(address: str, revision: str) -> dict[str, set[str]]:
    """Of each table, as that version had them."""

    def find(connection: Connection) -> dict[str, set[str]]:
        migrate_to(connection, revision)
        then = MetaData()
        then.reflect(connection)
        return {table.name: set(table.columns.keys()) for table in then.sorted_tables}

    async with opened(address) as database:
        return await database.write(find)


def as_it_was(path: Path, revision: str, known: dict[str, set[str]]) -> BytesIO:
    """What that version would have written; columns that came later are left out, as are tables."""
    older, last = BytesIO(), None
    with path.open("rb") as newer:
        backup = BackupFile(newer, path)
        writer = BackupWriter(older, Header(backup.header.taken_ms, backup.header.epoch, revision, "0.1.0"))
        for head, row in backup.rows():
            names = [name for name in head.columns if name in known.get(head.table, ())]
            if names and head.table != last:
                writer.begin_table(TableHead(head.table, tuple(reversed(names))))  # they need not stand as they do now
                last = head.table
            if names:
                writer.add([row[head.columns.index(name)] for name in reversed(names)])
        writer.close()
    return older


@pytest.mark.parametrize("revision", ["0001", "0015"])
async def test_a_backup_of_an_earlier_version_is_brought_up(
    tmp_path: Path, new_address: NewAddress, revision: str
) -> None:
    here, there, folder = new_address("sqlite"), new_address("sqlite"), tmp_path / "data"
    async with house_at(tmp_path, here) as house:
        await live_a_little(house)
    await Vault(tmp_path, here).back_up()
    known = await columns_at(new_address("sqlite"), revision)
    older = as_it_was(tmp_path / "backup", revision, known)
    folder.mkdir()
    async with opened(there) as database, brought_up(BackupFile(older, tmp_path), folder) as file:
        await restore(database, check(file), NINE, Wanted(further=0))
    before, after = await everything(here), await everything(there)
    assert {name for name, rows in after.items() if rows} == known.keys() & before.keys()
    assert after["entries"] == before["entries"]
    assert [row[:5] for row in after["keys"]] == [row[:5] for row in before["keys"]]  # what came later has its default
    assert not list(folder.iterdir())
    async with house_at(tmp_path, there, is_set_up=False) as house:
        assert (await house.floors.get((RSUD, NINE.date()))).tickets.keys() == {"B-001", "B-002"}


async def test_a_table_that_there_never_was_is_named_damage(tmp_path: Path) -> None:
    strange = BytesIO()
    writer = BackupWriter(strange, Header(1, "e1", "0015", "0.1.0"))
    writer.begin_table(TableHead("wishes", ("id",)))
    writer.add(["1"])
    writer.close()
    with pytest.raises(BackupRefused, match="is damaged"):
        async with brought_up(BackupFile(strange, tmp_path), tmp_path):
            pass
