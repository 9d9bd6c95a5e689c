"""Backup and restore beneath two running processes, while people act and phones watch."""

import asyncio
import gzip
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.backups.conftest import everything
from tests.servers import ANTREAN
from tests.service.callers import Caller
from tests.service.crowds import Crowd
from tests.service.journals import DATABASE, Row, integrity, read_journal
from tests.service.pairs import Pair, running_pair
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

COUNTERS = 6
PATIENCE = 60  # seconds
NOTICED_SECONDS = 10  # each process looks every second; the rest is for a busy machine
OLD_ENTRIES = 30_000


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql and redis", marks=pytest.mark.slow)])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    plans = [a_branch(name, counters=COUNTERS, rules={"pause_minutes": 0}) for name in ("balai", "kembali", "arsip")]
    with running_pair(request, tmp_path_factory.mktemp("pair"), plans) as running:
        yield running


async def test_a_backup_taken_while_people_act_is_one_moment_of_it(pair: Pair, tmp_path: Path) -> None:
    crowd = Crowd(pair.ports, "balai", pair.key, random.Random(9))
    files = [tmp_path / str(n) for n in range(3)]
    async with asyncio.timeout(PATIENCE):
        living = asyncio.create_task(crowd.live(visitors=5, counters=COUNTERS))
        for file in files:
            await until_done(crowd, 30)
            await asyncio.to_thread(pair.servers[0].run, "backup", str(file))
        crowd.is_over = True
        await living
    rows = read_journal(pair.store, "balai")
    deeds = {told.key: told.deed for told in crowd.told}
    lengths = []
    for file in files:
        kept = entries_in(file, "balai")
        lengths.append(len(kept))
        assert kept == rows[: len(kept)]
        assert Referee(pause_minutes=0).read(kept) == []
        # What was done is there with the key of whoever asked for it, or neither is.
        assert Counter(deeds[key] for key in keys_in(file) & deeds.keys()) == Counter(
            row.deed for row in kept if row.deed in deeds.values()
        )
    print(f"\nentries in the backups {lengths}, at the end {len(rows)}")
    assert 0 < lengths[0] < lengths[-1] < len(rows)
    assert crowd.strange == []


async def test_a_restore_while_people_act_gives_no_number_twice_and_every_phone_recovers(
    pair: Pair, tmp_path: Path
) -> None:
    crowd = Crowd(pair.ports, "kembali", pair.key, random.Random(11))
    screens = [Phone(port, "branch=kembali") for port in pair.ports for _ in range(5)]
    async with asyncio.timeout(PATIENCE), watching(screens) as watch:
        living = asyncio.create_task(crowd.live(visitors=10, counters=COUNTERS))
        await until(lambda: len(crowd.issued) >= 40)
        kept = crowd.issued[-1]
        await asyncio.to_thread(pair.servers[0].run, "backup", str(tmp_path / "backup"))
        known = {row.fields["label"] for row in entries_in(tmp_path / "backup", "kembali") if row.kind == "issued"}
        await until(lambda: len(crowd.issued) >= len(known) + 40)
        lost = [told for told in crowd.issued if told.deed[1] not in known][5]
        stays, goes = ([Phone(port, f"ticket={told.token}") for port in pair.ports] for told in (kept, lost))
        watch(stays + goes)
        await until(lambda: all(phone.ticket for phone in stays + goes))
        before = epochs_of(screens)
        assert all(len(epochs) == 1 for epochs in before)

        printed = await asyncio.to_thread(pair.servers[1].run, "restore", "--discard", str(tmp_path / "backup"))
        restored_at = time.monotonic()
        async with asyncio.timeout(NOTICED_SECONDS):
            await until(lambda: all(phone.is_gone for phone in goes))
            await until(lambda: all(after.isdisjoint(before[0]) for after in epochs_of(screens)))

        await until_done(crowd, 100)
        crowd.is_over = True
        await living
        rows = read_journal(pair.store, "kembali")
        await until_told(pair, rows[-1].seq)
        compared = await compare(screens + stays, "kembali")
    later = Counter(told.deed for told in crowd.told if told.asked_at > restored_at)
    missing = later - Counter(row.deed for row in rows)
    labels = Counter(told.deed[1] for told in crowd.issued)
    twice = [label for label, times in labels.items() if times > 1]
    print(
        f"\nnumbers given out {labels.total()}, twice {len(twice)}; done after the restore {later.total()}, of these "
        f"missing {missing.total()}; frames compared {compared}\n{printed}"
    )
    assert twice == []
    assert missing == Counter()
    assert later.total() > 0 and compared >= len(screens)
    assert "Let go: " in printed
    assert rows[: len(entries_in(tmp_path / "backup", "kembali"))] == entries_in(tmp_path / "backup", "kembali")
    assert Referee(pause_minutes=0).read(rows) == []
    assert crowd.strange + [fault for phone in screens + stays + goes for fault in phone.faults] == []
    assert {epoch for epochs in epochs_of(screens) for epoch in epochs}.isdisjoint(before[0])


async def test_a_restore_that_is_killed_half_way_has_changed_nothing(pair: Pair, tmp_path: Path) -> None:
    grow_old(pair)
    first, second = pair.servers
    await asyncio.to_thread(first.run, "backup", str(tmp_path / "backup"))
    rng = random.Random(3)
    async with Caller(first.port) as caller:
        for _ in range(2):
            assert (await caller.post("/branches/arsip/tickets", {"queue": "umum"})).status == 201
            before = await everything(pair.address)
            restoring = await asyncio.to_thread(begin_restore, pair, tmp_path / "backup")
            await asyncio.sleep(rng.uniform(0, 0.2))
            assert restoring.poll() is None, "It was too quick to be killed half way."
            os.kill(restoring.pid, signal.SIGKILL)
            restoring.wait()
            assert await everything(pair.address) == before
        assert (await caller.post("/branches/arsip/tickets", {"queue": "umum"})).json["label"] == "A-003"
    assert not isinstance(pair.store, Path) or integrity(pair.store) == "ok"
    printed = await asyncio.to_thread(second.run, "restore", "--discard", str(tmp_path / "backup"))
    assert "arsip, umum: A-001 to A-003; the next is A-004" in printed


def grow_old(pair: Pair) -> None:
    """As many entries as make a restore take its time."""
    row = "'arsip', '2025-01-01', {n}, 1735700000000, 'visitor', 'notice', '{{}}'"
    if isinstance(pair.store, Path):
        with closing(sqlite3.connect(pair.store / DATABASE, timeout=30)) as database, database:
            database.executescript(
                f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {OLD_ENTRIES}) "  # noqa: S608
                f"INSERT INTO entries SELECT {row.format(n='n')} FROM n"
            )
    else:
        ours = f"INSERT INTO entries SELECT {row.format(n='n')} FROM generate_series(1, {OLD_ENTRIES}) n"  # noqa: S608
        pair.store.server.ask(ours, pair.store.database)


def begin_restore(pair: Pair, file: Path) -> "subprocess.Popen[bytes]":
    """One that has begun to write."""
    restoring = subprocess.Popen([ANTREAN, "restore", "--discard", str(file)], env=pair.servers[0].environment)
    while restoring.poll() is None and not is_locked(pair):
        time.sleep(0.005)
    return restoring


def is_locked(pair: Pair) -> bool:
    """Whether somebody keeps all others from writing."""
    if not isinstance(pair.store, Path):
        held = (
            "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'entries'::regclass AND granted"
        )
        return pair.store.server.ask(held, pair.store.database) != "0"
    try:
        with closing(sqlite3.connect(pair.store / DATABASE, isolation_level=None, timeout=0)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    return False


def lines_in(file: Path) -> Iterator[tuple[str, list[Any]]]:
    """The rows of a backup and their tables, read past the service."""
    table = ""
    for line in gzip.decompress(file.read_bytes()).splitlines():
        value = json.loads(line)
        if isinstance(value, list):
            yield table, value
        else:
            table = value.get("table", "")


def entries_in(file: Path, branch: str) -> list[Row]:
    rows = [row for table, row in lines_in(file) if table == "entries" and row[0] == branch]
    return [Row(seq, at_ms, by, kind, json.loads(fields)) for _, _, seq, at_ms, by, kind, fields in rows]


def keys_in(file: Path) -> set[str]:
    return {row[0] for table, row in lines_in(file) if table == "idempotency_keys"}


def epochs_of(phones: list[Phone]) -> list[set[str]]:
    return [{frame["epoch"] for frame in phone.queues.values()} for phone in phones]


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.02)


async def until_done(crowd: Crowd, more: int) -> None:
    enough = len(crowd.told) + more
    await until(lambda: len(crowd.told) >= enough)


async def until_told(pair: Pair, seq: int) -> None:
    for port in pair.ports:
        async with Caller(port, pair.key) as caller:
            while (await caller.get("/branches/kembali/counters/1")).json["seq"] < seq:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(phones: list[Phone]) -> AsyncIterator[Callable[[list[Phone]], None]]:
    """Gives a function that lets others watch too."""
    tasks: list[asyncio.Task[None]] = []

    def watch(more: list[Phone]) -> None:
        tasks.extend(asyncio.create_task(phone.watch()) for phone in more)

    watch(phones)
    await until(lambda: all(phone.queues for phone in phones))
    try:
        yield watch
    finally:
        for task in tasks:
            task.cancel()
