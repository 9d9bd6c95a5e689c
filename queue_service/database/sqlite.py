from __future__ import annotations

import asyncio
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL, Engine

from queue_service.database.databases import BUSY_SECONDS, Database, T, Work

READERS = 4  # threads


class Sqlite(Database):
    """SQLite blocks whoever asks, so it is asked by threads: by one that writes, since only one can, and by readers,
    who need not wait for it. A commit costs the event loop one hand-over, however many statements it takes."""

    dialect = "sqlite"

    def __init__(self, url: URL) -> None:
        self._reading, self._writing = (_sqlite_engine(url) for _ in range(2))
        event.listen(self._writing, "begin", _begin_immediately)
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")

    async def _read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, _read_on, self._reading, work)

    async def _write(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, _write_on, self._writing, work)

    async def close(self) -> None:
        for threads, engine in ((self._readers, self._reading), (self._writer, self._writing)):
            await asyncio.to_thread(threads.shutdown)
            engine.dispose()


def _read_on(engine: Engine, work: Work[T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _write_on(engine: Engine, work: Work[T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    # Many rows by one statement: between two, this thread would have to wait for the event loop's to let it go on.
    engine.dialect.use_insertmanyvalues_wo_returning = True
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    cursor = connection.cursor()
    _take_up_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the last commits when the power fails
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _take_up_write_ahead_log(cursor: Any) -> None:
    """Of several who open a new file together, SQLite refuses all but one at once, however patient they are."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads first and writes later could find the file changed in between and fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
