from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

import queue_service.journal.tables
import queue_service.records.people.tables
import queue_service.records.tables  # noqa: F401 - so that the metadata knows them
from queue_service.database import Database, open_database


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


async def test_a_commit_is_on_the_disk_before_it_returns(database: Database) -> None:
    def modes(connection: Connection) -> tuple[str, int]:
        settings = ("journal_mode", "synchronous")
        mode, synchronous = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in settings)
        return mode, synchronous

    assert await database.write(modes) == ("wal", 2)  # 2 is FULL


async def test_the_end_of_a_journal_is_found_by_its_key(database: Database) -> None:
    """However long a day grows, an append looks at one row."""
    query = "EXPLAIN QUERY PLAN SELECT max(seq) FROM entries WHERE branch = 'b' AND day = '2026-11-23'"
    plan = await database.read(lambda connection: str(connection.exec_driver_sql(query).one()[-1]))
    assert "USING PRIMARY KEY (branch=? AND day=?)" in plan


async def test_who_reads_need_not_wait_for_who_writes(database: Database, address: str) -> None:
    other, is_held, may_end = open_database(address), threading.Event(), threading.Event()

    def hold(connection: Connection) -> None:
        is_held.set()
        assert may_end.wait(30)

    holding = asyncio.create_task(other.write(hold))
    await asyncio.to_thread(is_held.wait, 30)
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one()) == 1
    may_end.set()
    await holding
    await other.close()
