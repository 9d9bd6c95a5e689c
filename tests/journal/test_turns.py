"""Turns at a place: one after the other, and nobody else writes meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime

import pytest

from queue_service.database import open_database
from queue_service.domain.events import Entry, Issued
from queue_service.journal import Basis, Change, Conflict, Journal, KnownAnswer, Replayed, Request
from queue_service.journal.claims import Key, Ticket

NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TODAY = ("hospital", date(2026, 11, 23))
TOMORROW = ("hospital", date(2026, 11, 24))
WORKERS = 4
Held = Mapping[Key, Ticket]


def an_entry(seq: int, by: str = "visitor") -> Entry:
    return Entry(seq, NINE, by, Issued(f"A-{seq:03d}", "clinic", NINE, "general"))


class Writer:
    """Adds an entry after whatever it is shown."""

    def __init__(self, name: str, seen: int = 0, request: Request | None = None) -> None:
        self.name = name
        self.seen = seen
        self.request = request
        self.known: dict[str, KnownAnswer] = {}

    def decide(self, missed: Sequence[Entry], known: Mapping[str, KnownAnswer], held: Held) -> list[Change]:
        self.known = dict(known)
        end = missed[-1].seq if missed else self.seen
        return [Change(TODAY, [an_entry(end + 1, self.name)], NINE, self.request, {"by": self.name})]


@pytest.fixture
async def journals(address: str, journal: Journal) -> AsyncIterator[list[Journal]]:
    """Of so many processes on one database; `journal` has made its tables."""
    databases = [open_database(address) for _ in range(WORKERS)]
    yield [Journal(database) for database in databases]
    for database in databases:
        await database.close()


async def test_turns_of_many_never_collide_and_each_sees_what_came_before(journals: list[Journal]) -> None:
    turns = [(n, journal) for n in range(10) for journal in journals]
    await asyncio.gather(*(journal.take_turn(TODAY, 0, [], Writer(f"turn {n}").decide) for n, journal in turns))
    assert [entry.seq for entry in await journals[0].read(TODAY)] == list(range(1, len(turns) + 1))


async def test_what_is_appended_during_a_turn_of_another_is_refused(journal: Journal, address: str) -> None:
    begun, may_end = threading.Event(), threading.Event()
    elsewhere = asyncio.create_task(asyncio.to_thread(asyncio.run, slow_turn(address, begun, may_end)))
    assert await asyncio.to_thread(begun.wait, 30)
    appended = asyncio.ensure_future(journal.append(TODAY, 0, [an_entry(1)], Basis(), NINE))
    if not address.startswith("sqlite"):  # where one who writes keeps out all others, wherever they want to
        await journal.append(TOMORROW, 0, [an_entry(1)], Basis(), NINE)
        with pytest.raises(Conflict):  # at once: waiting would only tell the same later
            await appended
    may_end.set()
    await elsewhere
    with pytest.raises(Conflict):
        await appended
    assert [entry.by for entry in await journal.read(TODAY)] == ["slow"]


async def slow_turn(address: str, begun: threading.Event, may_end: threading.Event) -> None:
    """In a thread of its own: a turn that takes its time keeps its event loop waiting."""

    def decide(missed: Sequence[Entry], known: Mapping[str, KnownAnswer], held: Held) -> list[Change]:
        begun.set()
        assert may_end.wait(30)
        return Writer("slow").decide(missed, known, held)

    database = open_database(address)
    await Journal(database).take_turn(TODAY, 0, [], decide)
    await database.close()


async def test_a_turn_is_shown_what_others_wrote_and_which_keys_are_known(journal: Journal) -> None:
    known, unknown = Request("key-1", "same"), Request("key-2", "same")
    await journal.append(TODAY, 0, [an_entry(1), an_entry(2)], Basis(), NINE, known, {"label": "A-001"})
    writer = Writer("later", request=unknown)
    await journal.take_turn(TODAY, 1, [known.key, unknown.key], writer.decide)
    assert [entry.by for entry in await journal.read(TODAY)] == ["visitor", "visitor", "later"]
    assert set(writer.known) == {known.key}
    assert isinstance(await journal.find_answer(unknown), Replayed)


async def test_a_turn_whose_decision_fails_writes_nothing_and_ends(journal: Journal) -> None:
    def decide(missed: Sequence[Entry], known: Mapping[str, KnownAnswer], held: Held) -> list[Change]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await journal.take_turn(TODAY, 0, [], decide)
    await journal.take_turn(TODAY, 0, [], Writer("next").decide)
    assert [entry.by for entry in await journal.read(TODAY)] == ["next"]


async def test_a_key_that_was_used_elsewhere_meanwhile_undoes_the_turn(journal: Journal, address: str) -> None:
    """The key was free when the turn began; elsewhere, at another place, the same request has been carried out."""
    request = Request("key-1", "fingerprint")
    await journal.append(TOMORROW, 0, [an_entry(1)], Basis(), NINE, request, {})
    with pytest.raises(Conflict):
        await journal.take_turn(TODAY, 0, [], Writer("late", request=request).decide)  # its keys are not asked for
    assert await journal.read(TODAY) == []
