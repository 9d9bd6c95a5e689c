"""From an address in the settings to a database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from queue_service.database.databases import Database
from queue_service.database.sqlite import Sqlite

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+asyncpg"}


def open_database(address: str, *, is_patient: bool = False) -> Database:
    """Raises ValueError with a sentence when the address is of no database that we know, or lies nowhere.

    `is_patient`: a statement may take as long as it needs.
    """
    url = with_driver(address)
    if url.get_backend_name() != "sqlite":
        from queue_service.database.postgresql import Postgresql  # a tenth of what a process loads before it starts

        return Postgresql(url, is_patient)
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
