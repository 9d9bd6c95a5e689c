from __future__ import annotations

import asyncio

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import queue_service.journal.tables
import queue_service.leases.tables
import queue_service.records.cases.tables
import queue_service.records.complaints.tables
import queue_service.records.devices.tables
import queue_service.records.outreach.tables
import queue_service.records.people.tables
import queue_service.records.staff.tables
import queue_service.records.tables  # noqa: F401 - so that the metadata knows them
from queue_service.database import Database, metadata, migrate, open_database
from queue_service.database.migrate import MIGRATIONS, newest_revision, revision_of


async def test_migrations_make_the_tables_that_the_code_expects(database: Database) -> None:
    await migrate(database)  # a second time changes nothing

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await database.read(differences) == []


async def test_many_workers_that_start_together_migrate_once(address: str) -> None:
    workers = [open_database(address) for _ in range(8)]
    await asyncio.gather(*(migrate(worker) for worker in workers))
    versions = "SELECT count(*) FROM alembic_version"
    assert await workers[0].read(lambda connection: connection.exec_driver_sql(versions).scalar_one()) == 1
    for worker in workers:
        await worker.close()


def test_the_newest_migration_is_known_by_its_file_s_name() -> None:
    assert newest_revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def test_tables_know_which_migration_was_their_last(address: str) -> None:
    database = open_database(address)
    assert await database.read(revision_of) is None
    await migrate(database)
    assert await database.read(revision_of) == newest_revision()
    await database.close()
