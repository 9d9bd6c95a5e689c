"""Takes a backup: one moment of the whole database, read while people go on acting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, Table, func, select

from queue_service.backups.files import BackupRefused, BackupWriter, Header
from queue_service.backups.rows import ROWS_AT_ONCE, head_of, in_json, tables
from queue_service.database import Database
from queue_service.database.migrate import newest_revision, revision_of
from queue_service.domain.events import to_ms
from queue_service.journal.epochs import epoch_now
from queue_service.journal.tables import entries
from queue_service.version import VERSION


@dataclass(frozen=True, slots=True)
class Taken:
    """`rows` of each table; `journals`: branches and days."""

    at: datetime
    rows: dict[str, int]
    journals: int


async def take_backup(database: Database, file: BinaryIO, now: datetime) -> Taken:
    """Raises BackupRefused, Unavailable."""
    return await database.read(lambda connection: _take(connection, file, now))


def _take(connection: Connection, file: BinaryIO, now: datetime) -> Taken:
    _begin_snapshot(connection)
    revision, newest = revision_of(connection), newest_revision()
    if revision is None:
        raise BackupRefused("There is nothing to back up: this database has no tables yet.")
    if revision != newest:
        raise BackupRefused(
            f"The tables are of revision {revision}, and this version of Antrean knows {newest}. "
            "Take the backup with the version that runs on this database."
        )
    places = select(entries.c.branch, entries.c.day).distinct().subquery()
    journals = connection.execute(select(func.count()).select_from(places)).scalar_one()
    writer = BackupWriter(file, Header(to_ms(now), epoch_now(connection), revision, VERSION))
    counts = {table.name: _copy(connection, table, writer) for table in tables()}
    writer.close()
    return Taken(now, counts, journals)


def _begin_snapshot(connection: Connection) -> None:
    """From here on each statement sees the same moment, whatever is written meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _copy(connection: Connection, table: Table, writer: BackupWriter) -> int:
    writer.begin_table(head_of(table))
    convert, count = in_json(table), 0
    for row in _rows(connection, table):
        writer.add(convert(row))
        count += 1
    return count


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """A few at a time, however many there are."""
    ordered = select(table).order_by(*table.primary_key.columns)
    for some in connection.execute(ordered, execution_options={"yield_per": ROWS_AT_ONCE}).partitions():
        yield from (tuple(row) for row in some)
