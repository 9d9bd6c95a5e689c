"""One set of tests over every database that the journal can live in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from queue_service.database import make_engine, migrate
from queue_service.journal import Journal


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'journal.db'}"


@pytest.fixture
async def engine(address: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(address)
    await migrate(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def journal(engine: AsyncEngine) -> AsyncIterator[Journal]:
    journal = Journal(engine)
    yield journal
    await journal.close()
