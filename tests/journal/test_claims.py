"""One claim per person: of many at once one has it, on every database, within a day and between two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, insert, select

from queue_service.database import Database, open_database
from queue_service.domain.events import Entry, Issued
from queue_service.journal import Basis, Beside, Claim, Claimed, Conflict, Journal
from queue_service.journal.appends import Place, new_label
from queue_service.journal.claims import held_claims, move_claims
from queue_service.journal.tables import claims, idempotency_keys

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY, TOMORROW = (("hospital", date(2026, 11, 23)), ("hospital", date(2026, 11, 24)))
CLAIM = Claim("hospital", "clinic", ("one", "two"))
AT_ONCE = 200


def nothing(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
    """For claims that nothing else is kept beside."""


def an_entry(seq: int) -> Entry:
    return Entry(seq, NINE, "visitor", Issued(f"A-{seq:03d}", "clinic", NINE, "general"))


async def take(journal: Journal, place: Place, claim: Claim = CLAIM, after: int = 0) -> None:
    beside = Beside(nothing, claim)
    await journal.append(place, after, [an_entry(after + 1)], Basis(), NINE, beside=beside)


async def holders(database: Database) -> set[tuple[date, str]]:
    return set((await database.read(lambda connection: held_claims(connection, [CLAIM]))).values())


async def test_of_many_at_once_on_two_days_and_in_two_processes_one_has_it(address: str, database: Database) -> None:
    other = open_database(address)
    journals = [Journal(database), Journal(other)]
    wanted = [
        take(
            journals[n % 2], ("hospital", date(2026, 11, 1 + n % 20)), Claim("hospital", "clinic", ("one", f"{n % 2}"))
        )
        for n in range(AT_ONCE)
    ]
    outcomes = await asyncio.gather(*wanted, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, Claimed | Conflict) for outcome in outcomes if outcome is not None)
    places = [("hospital", date(2026, 11, day)) for day in range(1, 21)]
    assert sorted((await journals[0].ends(places)).values()) == [0] * 19 + [1]
    for journal in journals:
        await journal.close()
    await other.close()


async def test_a_claim_is_refused_by_any_of_its_digests(journal: Journal) -> None:
    await take(journal, TODAY)
    with pytest.raises(Claimed):
        await take(journal, TOMORROW, Claim("hospital", "clinic", ("two",)))
    assert await journal.read(TOMORROW) == []
    await take(journal, TOMORROW, Claim("hospital", "clinic", ("three",)))
    await take(journal, TOMORROW, Claim("hospital", "pharmacy", ("one",)), after=1)


async def test_whoever_names_the_ticket_that_is_over_takes_its_place_once(journal: Journal, database: Database) -> None:
    await take(journal, TODAY)
    again = CLAIM.after([(TODAY[1], "A-001")])
    outcomes = await asyncio.gather(*(take(journal, TOMORROW, again) for _ in range(9)), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert await holders(database) == {(TOMORROW[1], "A-001")}
    with pytest.raises(Claimed):
        await take(journal, TOMORROW, again, after=1)


async def test_a_claim_moves_with_the_place_that_is_kept(journal: Journal, database: Database) -> None:
    await take(journal, TODAY)
    after = (TOMORROW, "A-007")
    await database.write(lambda connection: move_claims(connection, (TODAY, "A-001"), after))
    assert await holders(database) == {(TOMORROW[1], "A-007")}


async def test_what_is_kept_beside_is_there_with_its_entry_or_not_at_all(journal: Journal, database: Database) -> None:
    def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
        row = {"key": f"{place[1]} {new_label(entries)}", "fingerprint": "", "answer": "", "at_ms": 0}
        connection.execute(insert(idempotency_keys).values(row))

    async def kept() -> list[str]:
        asked = select(idempotency_keys.c.key)
        return list(await database.read(lambda connection: connection.execute(asked).scalars().all()))

    await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE, beside=Beside(write, CLAIM))
    with pytest.raises(Conflict):
        await journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE, beside=Beside(write))
    with pytest.raises(Claimed):
        await journal.append(TOMORROW, 0, [an_entry(1)], Basis(), NINE, beside=Beside(write, CLAIM))
    assert await kept() == ["2026-11-23 A-001"]
    assert len(await database.read(lambda connection: connection.execute(select(claims)).all())) == 2
