"""One set of tests over every database that the journal can live in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from queue_service.database import Database, migrate, open_database
from queue_service.journal import Journal
from tests.postgres import Postgres, running_pgbouncer


@pytest.fixture(scope="session")
def pgbouncer(postgres: Postgres) -> Iterator[int]:
    with running_pgbouncer(postgres) as port:
        yield port


@pytest.fixture(params=["sqlite", "postgresql", "pgbouncer"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a new database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    port = request.getfixturevalue("pgbouncer") if request.param == "pgbouncer" else None
    return server.address(server.new_database(), port)


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    database = open_database(address)
    await migrate(database)
    yield database
    await database.close()


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    journal = Journal(database)
    yield journal
    await journal.close()
