from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import queue_service.journal.tables
import queue_service.records.tables  # noqa: F401 - so that the metadata knows them
from queue_service.database import metadata, migrate


async def test_a_commit_is_on_the_disk_before_it_returns(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        mode = (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar()
        synchronous = (await connection.exec_driver_sql("PRAGMA synchronous")).scalar()
    assert (mode, synchronous) == ("wal", 2)  # 2 is FULL


async def test_the_end_of_a_journal_is_found_by_its_key(engine: AsyncEngine) -> None:
    """However long a day grows, an append looks at one row."""
    query = "EXPLAIN QUERY PLAN SELECT max(seq) FROM entries WHERE branch = 'b' AND day = '2026-11-23'"
    async with engine.connect() as connection:
        (plan,) = [row[-1] for row in await connection.exec_driver_sql(query)]
    assert "USING PRIMARY KEY (branch=? AND day=?)" in plan


async def test_migrations_make_the_tables_that_the_code_expects(engine: AsyncEngine) -> None:
    await migrate(engine)  # a second time changes nothing

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
