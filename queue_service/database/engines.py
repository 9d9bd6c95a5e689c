"""From an address in the settings to an engine: SQLite that survives a power cut, or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
BUSY_SECONDS = 10  # how long a second process on the same file waits for its turn


class Unavailable(Exception):
    """The database cannot be reached or written now."""


def make_engine(address: str) -> AsyncEngine:
    """Raises ValueError with a sentence when the address is of no database that we know, or lies nowhere."""
    url = with_driver(address)
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_pre_ping=True)
    folder = Path(url.database or "").parent
    if not folder.is_dir():
        raise ValueError(f"ANTREAN_DATABASE_URL: there is no folder {folder} for the database to lie in.")
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_immediately)
    return engine


def with_driver(address: str) -> URL:
    url = make_url(address)
    backend = url.drivername.partition("+")[0]
    if backend not in DRIVERS:
        raise ValueError(f"ANTREAN_DATABASE_URL: expected sqlite:///… or postgresql://…, not {url.drivername}://…")
    return url.set(drivername=DRIVERS[backend])


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # NORMAL may lose the last commits when the power fails
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_immediately(connection: Any) -> None:
    # A transaction that reads first and writes later could find the file changed in between and fail.
    # Whoever only reads takes AUTOCOMMIT, and need not wait for a writer.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
