"""A backup of older tables: put into a spare database of its own, brought up there, and taken again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, MetaData

from queue_service.backups.files import BackupFile
from queue_service.backups.rows import replace_rows
from queue_service.backups.take import take_backup
from queue_service.database import migrate, open_database
from queue_service.database.migrate import migrate_to, newest_revision, revisions
from queue_service.domain.events import from_ms


@asynccontextmanager
async def brought_up(file: BackupFile, folder: Path) -> AsyncIterator[BackupFile]:
    """The same of this version's tables; as it is where this version does not know its tables. Raises BackupRefused."""
    if file.header.revision == newest_revision() or file.header.revision not in revisions():
        yield file
        return
    with TemporaryDirectory(prefix="restore-", dir=folder) as spare:
        database = open_database(f"sqlite:///{spare}/spare.db")
        try:
            await database.write(lambda connection: _fill(connection, file))
            await migrate(database)
            with (Path(spare) / "backup").open("w+b") as newer:
                await take_backup(database, newer, from_ms(file.header.taken_ms))
                yield BackupFile(newer, file.path)
        finally:
            await database.close()


def _fill(connection: Connection, file: BackupFile) -> None:
    migrate_to(connection, file.header.revision)
    then = MetaData()
    then.reflect(connection)
    kept = [table for table in then.sorted_tables if table.name != "alembic_version"]
    try:
        replace_rows(connection, file.rows(), kept)
    except (KeyError, ValueError):  # a table or a column that there never was, or what no column of its kind holds
        raise file.refused("is damaged") from None
