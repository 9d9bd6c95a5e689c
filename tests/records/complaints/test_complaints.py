"""Complaints on real databases: two who write at once, and numbers that are taken."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from queue_service.database import migrate, open_database
from queue_service.domain.complaints import Add, Answer, Close, filed
from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.records.complaints import complaints as module
from queue_service.records.complaints.complaints import Complaints, Filing, Step, UsedBefore
from queue_service.records.complaints.words import Kept
from queue_service.records.people.keys import KeyRing
from queue_service.records.setup_files import read_setup_file
from queue_service.secrets import Secrets
from tests.houses import LAHAT, NINE
from tests.postgres import Postgres

BRANCH = read_setup_file(LAHAT).branches[0].branch()
KEYS, SECRETS = KeyRing([os.urandom(32)]), Secrets(["x" * 32])
WORDS = "Terlalu lama menunggu di sini."


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'antrean.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.address(server.new_database())


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'antrean.db'}"


@asynccontextmanager
async def two_stores(address: str) -> AsyncIterator[tuple[Complaints, Complaints]]:
    """As of two workers."""
    databases = [open_database(address) for _ in range(2)]
    await migrate(databases[0])
    one, other = (Complaints(database, KEYS, SECRETS) for database in databases)
    yield one, other
    for database in databases:
        await database.close()


def a_filing(words: str = WORDS, contact: str = "") -> Filing:
    return Filing(filed(BRANCH, NINE, "waiting"), words, contact)


async def test_two_workers_lose_nothing_of_what_is_written_at_once(address: str) -> None:
    async with two_stores(address) as stores:
        complaint = await stores[0].file(a_filing(), "kunci", "visitor", NINE)
        steps = [Step(Add(), "visitor", f"Tambahan nomor {n} dari saya.") for n in range(8)]
        works = (stores[n % 2].act(complaint.number, step, BRANCH, NINE) for n, step in enumerate(steps))
        await asyncio.gather(*works)
        complaint = await stores[0].get(complaint.number)
        assert [entry.seq for entry in complaint.entries] == list(range(1, 10))
        words = await stores[1].words_of(complaint)
        assert {words[seq, Kept.WORDS] for seq in range(2, 10)} == {step.words for step in steps}


async def test_one_form_brought_by_two_at_once_is_one_complaint(address: str) -> None:
    async with two_stores(address) as stores:
        filings = (store.file(a_filing(contact="081200000099"), "kunci", "visitor", NINE) for store in stores * 3)
        found = await asyncio.gather(*filings)
        assert len({each.number for each in found}) == 1
        with pytest.raises(UsedBefore):
            await stores[0].file(a_filing("Sesuatu yang lain sama sekali."), "kunci", "visitor", NINE)
        assert len(await stores[1].open_at([BRANCH.id])) == 1


async def test_whose_number_is_taken_gets_another(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(["AD-0000-0001", "AD-0000-0001", "AD-0000-0002"])
    monkeypatch.setattr(module, "_number", lambda digest: next(numbers))
    async with two_stores(file) as (store, _):
        first = await store.file(a_filing(), "satu", "visitor", NINE)
        second = await store.file(a_filing(), "dua", "visitor", NINE)
        assert (first.number, second.number) == ("AD-0000-0001", "AD-0000-0002")
        assert (await store.by_code(second.number, store.code_of(second.number))).number == second.number
        for number, code in ((first.number, store.code_of(second.number)), ("AD-ZZZZ-ZZZZ", "00000000")):
            with pytest.raises(NotFound):
                await store.by_code(number, code)


async def test_what_is_closed_is_listed_apart(file: str) -> None:
    async with two_stores(file) as (store, _):
        complaint = await store.file(a_filing(), "satu", "visitor", NINE)
        left = await store.file(a_filing(), "dua", "visitor", NINE)
        for action in (Answer(), Close()):
            await store.act(
                complaint.number, Step(action, "clerk:a", "Sudah." if action == Answer() else ""), BRANCH, NINE
            )
        with pytest.raises(NotAllowed):
            await store.act(complaint.number, Step(Add(), "visitor", WORDS), BRANCH, NINE)
        assert [each.number for each in await store.open_at([BRANCH.id])] == [left.number]
        assert [each.number for each in await store.closed_at([BRANCH.id], 10)] == [complaint.number]
        assert await store.open_at(["elsewhere"]) == []
