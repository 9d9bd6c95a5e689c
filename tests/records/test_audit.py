from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection

from queue_service.database import Database, migrate, open_database
from queue_service.records.audit import Deed, note, read_audit

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'audit.db'}")
    await migrate(database)
    yield database
    await database.close()


async def test_deeds_are_told_the_newest_first_and_page_by_page(database: Database) -> None:
    deeds = [Deed("administrator:a", "key.revoked", f"{n}", "rsud", {"why": "lost"}) for n in range(5)]
    for n, deed in enumerate(deeds):
        at = NINE + timedelta(seconds=n)
        await database.write(partial(note, deed=deed, at=at))
    page = await database.read(lambda connection: read_audit(connection, limit=3))
    assert [(found.at, found.deed) for found in page] == [(NINE + timedelta(seconds=n), deeds[n]) for n in (4, 3, 2)]
    rest = await database.read(lambda connection: read_audit(connection, before=page[-1].id))
    assert [found.deed.subject for found in rest] == ["1", "0"]
    assert rest[-1].deed.detail == {"why": "lost"}


async def test_any_number_of_deeds_may_be_done_at_one_moment(database: Database) -> None:
    """As a set-up file with the accounts of a province does them."""

    def do(connection: Connection) -> None:
        for n in range(5000):
            note(connection, Deed("command", "account.added", f"{n}"), NINE)

    await database.write(do)
    found = await database.read(lambda connection: read_audit(connection, limit=5001))
    assert {one.deed.subject for one in found} == {f"{n}" for n in range(5000)} and len(found) == 5000
    assert {one.at for one in found} == {NINE}
