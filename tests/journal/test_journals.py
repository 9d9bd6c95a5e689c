from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from queue_service.database import Database, Unavailable, open_database
from queue_service.domain.events import Cancelled, Entry, Issued
from queue_service.journal import Basis, Conflict, Journal, KeyReused, Replayed, Request

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = ("hospital", date(2026, 11, 23))
TOMORROW = ("hospital", date(2026, 11, 24))
REQUEST = Request("key-1", "fingerprint")


def an_entry(seq: int, at: datetime = NINE) -> Entry:
    return Entry(seq, at, "visitor", Issued(f"A-{seq:03d}", "clinic", at, "general"))


async def test_what_was_appended_is_read_back_in_order(journal: Journal) -> None:
    entries = [an_entry(1), an_entry(2), Entry(3, NINE, "clerk:7", Cancelled("A-001"))]
    await journal.append(TODAY, 0, entries[:2], Basis(), NINE)
    await journal.append(TODAY, 2, entries[2:], Basis(), NINE)
    assert await journal.read(TODAY) == entries
    assert await journal.read(TODAY, after=2) == entries[2:]
    assert await journal.read(TOMORROW) == []


async def test_an_append_after_anything_but_the_end_is_refused_whole(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
    for after in (0, 2):
        with pytest.raises(Conflict):
            await journal.append(TODAY, after, [an_entry(after + 1), an_entry(after + 2)], Basis(), NINE)
    assert [entry.seq for entry in await journal.read(TODAY)] == [1]


async def test_appends_that_wait_together_share_one_commit(journal: Journal, database: Database) -> None:
    commits: list[object] = []
    note = commits.append
    event.listen(Engine, "commit", note)
    await asyncio.gather(*(journal.append(TODAY, n, [an_entry(n + 1)], Basis(), NINE) for n in range(50)))
    event.remove(Engine, "commit", note)
    assert len(await journal.read(TODAY)) == 50
    assert len(commits) == 1


async def test_one_refused_append_takes_along_only_those_that_build_on_it(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
    outcomes = await asyncio.gather(
        journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE),
        journal.append(TODAY, 1, [an_entry(2)], Basis(), NINE),
        journal.append(TODAY, 5, [an_entry(6)], Basis(), NINE),
        journal.append(TOMORROW, 0, [an_entry(1)], Basis(), NINE),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Conflict, type(None), Conflict, type(None)]


async def test_what_rests_on_a_refused_append_is_refused_though_its_place_is_free_again(
    journal: Journal, address: str
) -> None:
    """Ours were decided as entries 1 and 2; meanwhile another process has written another entry 1."""
    other_database = open_database(address)
    other, basis = Journal(other_database), Basis()
    await other.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
    outcomes = await asyncio.gather(
        journal.append(TODAY, 0, [an_entry(1)], basis, NINE),
        journal.append(TODAY, 1, [an_entry(2)], basis, NINE),
        return_exceptions=True,
    )
    with pytest.raises(Conflict):  # and however much later it comes
        await journal.append(TODAY, 1, [an_entry(2)], basis, NINE)
    assert [type(outcome) for outcome in outcomes] == [Conflict, Conflict]
    assert len(await journal.read(TODAY)) == 1
    await other.close()
    await other_database.close()


async def test_of_two_processes_that_append_at_the_same_place_one_is_refused(journal: Journal, address: str) -> None:
    other_database = open_database(address)
    other = Journal(other_database)
    for n in range(20):
        outcomes = await asyncio.gather(
            journal.append(TODAY, n, [an_entry(n + 1)], Basis(), NINE),
            other.append(TODAY, n, [an_entry(n + 1)], Basis(), NINE),
            return_exceptions=True,
        )
        assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["Conflict", "NoneType"]
    assert [entry.seq for entry in await other.read(TODAY)] == list(range(1, 21))
    await other.close()
    await other_database.close()


async def test_a_request_that_comes_again_gets_its_answer_and_has_no_second_effect(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE, REQUEST, {"label": "A-001"})
    with pytest.raises(Replayed) as replayed:
        await journal.append(TODAY, 1, [an_entry(2)], Basis(), NINE, REQUEST, {"label": "A-002"})
    assert replayed.value.answer == {"label": "A-001"}
    assert isinstance(await journal.find_answer(REQUEST), Replayed)
    assert len(await journal.read(TODAY)) == 1


async def test_a_key_used_for_something_else_is_refused(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE, REQUEST, {})
    with pytest.raises(KeyReused):
        await journal.append(TODAY, 1, [an_entry(2)], Basis(), NINE, Request("key-1", "another"), {})
    assert isinstance(await journal.find_answer(Request("key-1", "another")), KeyReused)
    assert await journal.find_answer(Request("key-2", "fingerprint")) is None


async def test_the_same_key_many_times_in_one_commit_has_one_effect(journal: Journal) -> None:
    outcomes = await asyncio.gather(
        *(journal.append(TODAY, n, [an_entry(n + 1)], Basis(), NINE, REQUEST, {"n": n}) for n in range(10)),
        return_exceptions=True,
    )
    assert outcomes[0] is None
    assert all(isinstance(outcome, Replayed) and outcome.answer == {"n": 0} for outcome in outcomes[1:])
    assert len(await journal.read(TODAY)) == 1


async def test_a_refused_append_leaves_no_key_behind(journal: Journal) -> None:
    with pytest.raises(Conflict):
        await journal.append(TODAY, 7, [an_entry(8)], Basis(), NINE, REQUEST, {})
    assert await journal.find_answer(REQUEST) is None


async def test_keys_are_forgotten_after_a_day(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE, REQUEST, {})
    await journal.forget_keys(NINE + timedelta(hours=23))
    assert await journal.find_answer(REQUEST) is not None
    await journal.forget_keys(NINE + timedelta(hours=25))
    assert await journal.find_answer(REQUEST) is None


async def test_ends_are_found_for_many_journals_at_once(journal: Journal) -> None:
    await journal.append(TODAY, 0, [an_entry(1), an_entry(2)], Basis(), NINE)
    assert await journal.ends([TODAY, TOMORROW]) == {TODAY: 2, TOMORROW: 0}
    assert await journal.ends([]) == {}


async def test_the_epoch_stays(journal: Journal, address: str) -> None:
    epoch = await journal.epoch()
    database = open_database(address)
    assert await Journal(database).epoch() == epoch
    await database.close()


async def test_workers_that_begin_together_agree_on_the_epoch(journal: Journal, address: str) -> None:
    databases = [open_database(address) for _ in range(6)]
    epochs = await asyncio.gather(*(Journal(database).epoch() for database in databases))
    assert len(set(epochs)) == 1
    for database in databases:
        await database.close()


async def test_a_database_that_is_away_is_said_to_be(journal: Journal, database: Database) -> None:
    await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE entries RENAME TO gone"))
    with pytest.raises(Unavailable):
        await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
    with pytest.raises(Unavailable):
        await journal.read(TODAY)
    await database.write(lambda connection: connection.exec_driver_sql("ALTER TABLE gone RENAME TO entries"))
    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE)
    assert len(await journal.read(TODAY)) == 1
