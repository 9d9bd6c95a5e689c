"""PostgreSQL that goes away and comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from queue_service.database import Unavailable, migrate, open_database
from queue_service.domain.events import Entry, Issued
from queue_service.journal import Basis, Journal
from tests.postgres import running_postgres

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = ("hospital", date(2026, 11, 23))


def an_entry(seq: int) -> Entry:
    return Entry(seq, NINE, "visitor", Issued(f"A-{seq:03d}", "clinic", NINE, "general"))


async def test_connections_that_died_while_nobody_used_them_are_replaced_unnoticed() -> None:
    with running_postgres() as server:
        database = open_database(server.address(server.new_database()))
        await migrate(database)
        journal = Journal(database)
        await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
        await asyncio.gather(*(journal.read(TODAY) for _ in range(8)))  # as many connections are open now
        for again in (server.kill, server.stop):
            await asyncio.to_thread(again)
            with pytest.raises(Unavailable):
                await journal.read(TODAY)
            await asyncio.to_thread(server.start)
            found = await asyncio.gather(*(journal.read(TODAY) for _ in range(8)))
            assert found == [[an_entry(1)]] * 8
        await journal.append(TODAY, 1, [an_entry(2)], Basis(), NINE)
        await journal.close()
        await database.close()
