"""One set of tests over every database that the journal can live in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from queue_service.database import Database, migrate, open_database
from queue_service.journal import Journal


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


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
