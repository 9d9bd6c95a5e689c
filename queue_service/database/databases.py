"""From an address in the settings to a database. What is done with it are plain functions of a connection."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DisconnectionError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from queue_service.meters import DATABASE_UNAVAILABLE

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+asyncpg"}
BUSY_SECONDS = 10  # how long a second process on the same file waits for its turn
READERS = 4  # threads
POOLED = 10  # connections to PostgreSQL of each process
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10

T = TypeVar("T")
Work = Callable[[Connection], T]


class Unavailable(Exception):
    """The database cannot be reached or written now."""


class Database(ABC):
    """Both raise Unavailable, and let an IntegrityError through: which says that another was quicker."""

    dialect: str

    async def read(self, work: Work[T]) -> T:
        """Writes nothing, and waits for no writer; each statement sees what is durable then."""
        with _told_as_unavailable():
            return await self._read(work)

    async def write(self, work: Work[T]) -> T:
        """In one transaction. Once this returns it is on the disk; after Unavailable nothing is, unless the connection
        broke during the commit itself."""
        with _told_as_unavailable():
            return await self._write(work)

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _write(self, work: Work[T]) -> T: ...


@contextmanager
def _told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, PostgresError, InterfaceError, OSError) as error:  # also as one begins to connect
        DATABASE_UNAVAILABLE.add()
        raise Unavailable(str(error) or type(error).__name__) from error


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


class Postgresql(Database):
    """Through a pool of connections. Everything is a transaction, also what only reads: more than a transaction is not
    kept on one connection by PgBouncer in transaction mode. For its sake nothing prepared outlives one either."""

    dialect = "postgresql"

    def __init__(self, url: URL, statement_seconds: float | None) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=POOLED,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": statement_seconds,
                "statement_cache_size": 0,
                "prepared_statement_cache_size": 0,
                "prepared_statement_name_func": lambda: f"antrean_{uuid4().hex}",
            },
        )
        event.listen(self._engine.sync_engine, "checkout", _replace_if_closed)

    async def _read(self, work: Work[T]) -> T:
        return await self._write(work)

    async def _write(self, work: Work[T]) -> T:
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._engine.dispose()


def _replace_if_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    """One that died while nobody used it is replaced, not complained of. The driver has heard of its end: to ask the
    server each time would cost a tenth of all that is done for an action."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def open_database(address: str, *, statement_seconds: float | None = STATEMENT_SECONDS) -> Database:
    """Raises ValueError with a sentence when the address is of no database that we know, or lies nowhere.

    `statement_seconds` is PostgreSQL's; None for a statement that may take its time.
    """
    url = with_driver(address)
    if url.get_backend_name() != "sqlite":
        return Postgresql(url, statement_seconds)
    folder = Path(url.database or "").parent
    if not folder.is_dir():
        raise ValueError(f"ANTREAN_DATABASE_URL: there is no folder {folder} for the database to lie in.")
    return Sqlite(url)


def with_driver(address: str) -> URL:
    url = make_url(address)
    backend = url.drivername.partition("+")[0]
    if backend not in DRIVERS:
        raise ValueError(f"ANTREAN_DATABASE_URL: expected sqlite:///… or postgresql://…, not {url.drivername}://…")
    return url.set(drivername=DRIVERS[backend])
