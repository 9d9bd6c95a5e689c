from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from argon2.profiles import CHEAPEST

from queue_service.database import migrate, open_database
from queue_service.field import boxes
from queue_service.records.staff import passwords
from tests.field import days


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a passphrase costs is not what is tested here; each hash says itself by which parameters it was made."""
    for module in (boxes, passwords):
        monkeypatch.setattr(module, "profile", lambda: CHEAPEST)


@pytest.fixture(autouse=True, scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Made once, and copied: a database with all of its tables."""
    path: Path = tmp_path_factory.mktemp("tables") / "antrean.db"
    with ThreadPoolExecutor(1) as thread:  # an event loop may be running in this one
        thread.submit(asyncio.run, _make(path)).result()
    days.TABLES = path


async def _make(path: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    await migrate(database)
    await database.close()
