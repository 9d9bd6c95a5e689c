"""Crowds of phones that connect while everything moves, are thrown out, and come back after a restart all together."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.faults.herds import Member, until_fresh
from tests.faults.offices import running_workers
from tests.faults.proxy import Proxy
from tests.faults.rows import Count, Report
from tests.postgres import Postgres
from tests.service.callers import Caller
from tests.service.journals import InPostgres, opened
from tests.service.meters import metrics
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch

HALL = "balai"
PATIENCE = 120.0
DRAIN_SECONDS = 4
MOST_READS = 10  # of each journal: as it is loaded, and by those who came while it was


async def change(port: int, branch: str, until: asyncio.Event) -> int:
    """Numbers are taken as fast as one person can; how many."""
    taken = 0
    async with Caller(port) as caller:
        while not until.is_set():
            assert (await caller.post(f"/branches/{branch}/tickets", {"queue": "umum"})).status == 201
            taken += 1
    return taken


def different_pictures(phones: Sequence[Phone]) -> list[str]:
    """One state has one picture, whoever sees it: a frame that is not whole would be another."""
    pictures: dict[tuple[str, str, int], dict[str, Any]] = {}
    found = []
    for phone in phones:
        for key, picture in phone.pictures.items():
            if pictures.setdefault(key, picture) != picture:
                found.append(f"{phone.query}: {key} is {picture} and {pictures[key]}")
    return found


@pytest.mark.parametrize("phones", [100, pytest.param(500, marks=pytest.mark.faults)])
async def test_phones_connect_while_everything_changes(tmp_path: Path, report: Report, phones: int) -> None:
    """Each begins with a whole state, only ever sees newer ones, and ends with the truth."""
    with running_workers(tmp_path, [a_branch(HALL)]) as workers:
        ended = asyncio.Event()
        changing = asyncio.create_task(change(workers.ports[0], HALL, ended))
        crowd = [Phone(workers.ports[0], f"branch={HALL}&queue=umum") for _ in range(phones)]
        watching = []
        for n, phone in enumerate(crowd):
            watching.append(asyncio.create_task(phone.watch()))
            await (asyncio.sleep(0.005) if n % 20 else phone.until_shown("umum", n // 20))
        for phone in crowd:
            await phone.until_shown("umum", 0)
        first = [min(seq for _, _, seq in phone.pictures) for phone in crowd]
        ended.set()
        taken = await changing
        compared = await compare(crowd, HALL, PATIENCE)
        behind = [phone for phone in crowd if phone.queues["umum"]["seq"] != taken]
        for task in watching:
            task.cancel()
    assert compared == phones
    assert len(set(first)) > 1  # they came while it moved
    faults = [fault for phone in crowd for fault in phone.faults] + different_pictures(crowd)
    report("R18", f"{phones} phones connect during {taken} changes", Count(lost=len(behind), recovered=phones), faults)


@pytest.mark.parametrize(("phones", "kicks"), [(40, 60), pytest.param(200, 1500, marks=pytest.mark.faults)])
async def test_phones_are_thrown_out_while_everything_changes(
    tmp_path: Path, report: Report, phones: int, kicks: int
) -> None:
    rng = random.Random(19)
    with running_workers(tmp_path, [a_branch(HALL)]) as workers, Proxy(workers.ports[0]) as network:
        ended = asyncio.Event()
        changing = asyncio.create_task(change(workers.ports[0], HALL, ended))
        crowd = [Phone(network.port, f"branch={HALL}&queue=umum") for _ in range(phones)]
        watching = [asyncio.create_task(phone.watch()) for phone in crowd]
        for phone in crowd:
            await phone.until_shown("umum", 0)
        kicked = 0
        for _ in range(kicks):
            kicked += network.reset(rng.randint(1, 3))
            await asyncio.sleep(0.03)
        ended.set()
        taken = await changing
        for phone in crowd:
            async with asyncio.timeout(PATIENCE):
                await phone.until_shown("umum", taken)
        compared = await compare(crowd, HALL, PATIENCE)
        connections = sum(phone.connections for phone in crowd)
        for task in watching:
            task.cancel()
    assert compared == phones
    assert connections > phones
    behind = [phone for phone in crowd if phone.queues["umum"]["seq"] != taken]
    faults = [fault for phone in crowd for fault in phone.faults] + different_pictures(crowd)
    what = f"{phones} phones thrown out {kicked} times during {taken} changes"
    report("R19", what, Count(lost=len(behind), recovered=connections - phones), faults)


async def test_phones_come_back_to_an_older_journal(tmp_path: Path, report: Report) -> None:
    """As after a restore: another epoch and a lower seq. Each takes the one snapshot it gets, and follows."""
    with running_workers(tmp_path, [a_branch(HALL)]) as workers:
        (port,), (server,) = workers.ports, workers.servers
        crowd = [Phone(port, f"branch={HALL}&queue=umum") for _ in range(20)]
        watching = [asyncio.create_task(phone.watch()) for phone in crowd]
        async with Caller(port) as caller:
            await take(caller, 10)
            for phone in crowd:
                await phone.until_shown("umum", 10)
            before = [phone.queues["umum"]["epoch"] for phone in crowd]
            await asyncio.to_thread(server.stop)
            forget_the_last(tmp_path, 6)
            await asyncio.to_thread(server.start)
            for phone, epoch in zip(crowd, before, strict=True):
                await until_other_epoch(phone, epoch)
            shown = [phone.queues["umum"]["seq"] for phone in crowd]
            await take(caller, 3)
            for phone in crowd:
                await phone.until_shown("umum", 7)
        compared = await compare(crowd, HALL)
        for task in watching:
            task.cancel()
    assert compared == len(crowd)
    assert {phone.connections for phone in crowd} == {2}
    wrong = [seq for seq in shown if seq != 4]
    faults = [fault for phone in crowd for fault in phone.faults]
    report("R20", f"{len(crowd)} phones, from seq 10 to 4", Count(unexpected=len(wrong), recovered=len(crowd)), faults)


async def take(caller: Caller, count: int) -> None:
    for _ in range(count):
        assert (await caller.post(f"/branches/{HALL}/tickets", {"queue": "umum"})).status == 201


def forget_the_last(folder: Path, entries: int) -> None:
    """What an older copy of the database is, with the word that a restore leaves in it."""
    with opened(folder) as database:
        end = database.execute("SELECT max(seq) FROM entries").fetchone()[0]
        database.execute("DELETE FROM entries WHERE seq > ?", (end - entries,))
        database.execute("UPDATE epochs SET epoch = 'restored' WHERE name = 'journal'")
        database.commit()


async def until_other_epoch(phone: Phone, epoch: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while phone.queues["umum"]["epoch"] == epoch:
            await asyncio.sleep(0.02)


@pytest.mark.faults
@pytest.mark.parametrize("phones", [10_000])
async def test_a_herd_comes_back_after_a_restart(
    tmp_path: Path, postgres: Postgres, report: Report, phones: int
) -> None:
    """The server is killed with everyone connected. Reads of the journal grow with queues, and not with phones."""
    rng = random.Random(22)
    store = InPostgres(postgres, postgres.new_database())
    postgres.ask(f"ALTER DATABASE {store.database} SET log_statement = 'all'")
    branches = ["satu", "dua", "tiga"]
    with running_workers(
        tmp_path, [a_branch(branch) for branch in branches], database=store.address, store=store
    ) as workers:
        (port,), (server,) = workers.ports, workers.servers
        async with Caller(port) as caller:
            for branch in branches:
                for _ in range(5):
                    await caller.post(f"/branches/{branch}/tickets", {"queue": "umum"})
        herd = [Member([port], f"branch={branches[n % 3]}&queue=umum") for n in range(phones)]
        following = [asyncio.create_task(member.follow(rng)) for member in herd]
        await until_fresh(herd, 0.0)
        loop = asyncio.get_running_loop()
        killed = loop.time()
        await asyncio.to_thread(server.kill)
        marked = reads_of_journals(postgres)
        await asyncio.to_thread(server.start)
        begun = loop.time()
        async with Caller(port) as caller:
            for branch in branches:
                assert (await caller.post(f"/branches/{branch}/tickets", {"queue": "umum"})).status == 201
        await until_fresh(herd, killed, seq=6)
        times = sorted(max(0.0, member.fresh_at - begun) for member in herd)
        reads = reads_of_journals(postgres) - marked
        connected = metrics(port)["antrean_connections"]
        for task in following:
            task.cancel()
        for member in herd:
            if member.transport is not None:
                member.transport.abort()
    stale = [member for member in herd if member.seq != 6]
    fresh = f"fresh after {times[len(times) // 2]:.1f} s (half), {times[-1]:.1f} s (all)"
    assert connected == phones
    turned_away = sum(member.refused for member in herd)
    what = f"{phones} phones, {turned_away} turned away, {len(branches)} branches, {reads} reads of journals; {fresh}"
    counted = Count(len(stale), 0, sum(member.backwards for member in herd), sum(m.connections for m in herd))
    assert len(branches) <= reads <= len(branches) * MOST_READS, what
    report("R22", what, counted)


def reads_of_journals(server: Postgres) -> int:
    """How often a journal was read, as the database itself has noted it."""
    log = (server.folder / "log").read_text(errors="replace")
    return log.count("entries.seq > $")


@pytest.mark.faults
async def test_one_of_two_workers_takes_its_leave(tmp_path: Path, postgres: Postgres, report: Report) -> None:
    """Its phones hear 1001, spread over the time that it has, and find the newest state at the other."""
    store = InPostgres(postgres, postgres.new_database())
    window = {"ANTREAN_DRAIN_SECONDS": str(DRAIN_SECONDS)}
    with running_workers(
        tmp_path, [a_branch(HALL)], database=store.address, store=store, count=2, environments=[window]
    ) as workers:
        herd = [Member(workers.ports, f"branch={HALL}&queue=umum") for _ in range(200)]
        following = [asyncio.create_task(member.follow(random.Random(n))) for n, member in enumerate(herd)]
        await until_fresh(herd, 0.0)
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        changing = asyncio.create_task(change(workers.ports[1], HALL, ended))
        begun = loop.time()
        code = await asyncio.to_thread(workers.servers[0].stop, 60)
        lost = [member.lost_at - begun for member in herd]
        ended.set()
        taken = await changing
        await until_fresh(herd, begun, taken)
        refused = [member for member in herd if member.seq != taken]
        for task in following:
            task.cancel()
        for member in herd:
            if member.transport is not None:
                member.transport.abort()
        rows = workers.journal(HALL)
    spread = Counter(int(seconds) for seconds in lost)
    told = sum(member.farewells for member in herd)
    assert code == 0
    assert len(spread) > 1
    assert len(rows) == taken
    what = f"{len(herd)} phones of a worker that stops, in each second {[spread[n] for n in sorted(spread)]}"
    backwards = sum(member.backwards for member in herd)
    report("R23", what, Count(len(refused) + len(herd) - told, 0, backwards, recovered=told))
