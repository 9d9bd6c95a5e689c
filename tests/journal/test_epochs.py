"""A restore puts another journal in the place of the one that decisions were made on."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, text

from queue_service.database import Database, open_database
from queue_service.domain.events import Entry, Issued
from queue_service.journal import Basis, Conflict, Journal, Request

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = ("hospital", date(2026, 11, 23))


def an_entry(seq: int) -> Entry:
    return Entry(seq, NINE, "visitor", Issued(f"A-{seq:03d}", "clinic", NINE, "general"))


async def begin_epoch(database: Database, epoch: str) -> None:
    change = text("UPDATE epochs SET epoch = :epoch")
    await database.write(lambda connection: connection.execute(change, {"epoch": epoch}))


async def test_what_was_decided_before_a_restore_is_refused_though_its_place_is_free(
    journal: Journal, database: Database
) -> None:
    before = await journal.epoch()
    await begin_epoch(database, "restored")
    with pytest.raises(Conflict):
        await journal.append(TODAY, 0, [an_entry(1)], Basis(before), NINE)
    with pytest.raises(Conflict):  # an answer without an entry rests on the same floor
        await journal.append(TODAY, 0, [], Basis(before), NINE, Request("key", "fingerprint"), {})
    await journal.append(TODAY, 0, [an_entry(1)], Basis("restored"), NINE)
    assert await journal.read_with_epoch(TODAY) == ("restored", [an_entry(1)])
    assert await journal.read_with_epoch(TODAY, after=1) == ("restored", [])


@pytest.mark.parametrize("has_entries", [True, False])
async def test_a_restore_in_the_middle_of_a_commit_is_noticed(
    journal: Journal, database: Database, address: str, has_entries: bool
) -> None:
    """The commit waits for a restore that is under way, having read in PostgreSQL what was before it."""
    before = await journal.epoch()
    other = open_database(address)
    begun, may_end = asyncio.Event(), asyncio.Event()
    restoring = asyncio.create_task(restore_slowly(other, begun, may_end))
    await begun.wait()
    request = None if has_entries else Request("key", "fingerprint")
    entries = [an_entry(1)] if has_entries else []
    appended = journal.append(TODAY, 0, entries, Basis(before), NINE, request, {})
    done, _ = await asyncio.wait([appended], timeout=0.3)
    may_end.set()
    await restoring
    assert not done
    with pytest.raises(Conflict):
        await appended
    assert await journal.read(TODAY) == []
    assert await journal.find_answer(Request("key", "fingerprint")) is None
    await other.close()


async def restore_slowly(database: Database, begun: asyncio.Event, may_end: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def work(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE entries, idempotency_keys IN EXCLUSIVE MODE"))
        connection.execute(text("UPDATE epochs SET epoch = 'restored'"))
        loop.call_soon_threadsafe(begun.set)
        while not may_end.is_set():
            connection.execute(text("SELECT 1"))  # SQLite's thread, or the event loop's next round

    await database.write(work)
