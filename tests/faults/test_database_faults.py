"""PostgreSQL is killed, or slow, and files run out: what was acknowledged stays, and screens keep what they show."""

import asyncio
import random
import resource
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.offices import Patient, Workers, faults_of, running_workers
from tests.faults.rows import Count, Report
from tests.postgres import Postgres, running_postgres
from tests.service.callers import Answer, Caller, Unanswered
from tests.service.journals import InPostgres, read_journal, read_keys
from tests.service.meters import open_files
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee
from tests.service.wires import Wire

HALL, QUIET = "balai", "sepi"
COUNTERS = 5
VISITORS = 15
ENOUGH = 100_000  # numbers for each visitor: they go on until the hall closes
PATIENCE = 60.0


@pytest.mark.parametrize(
    ("kills", "away_seconds"),
    [(1, 0.5), pytest.param(10, 1.0, marks=pytest.mark.faults), pytest.param(1, 60.0, marks=pytest.mark.faults)],
)
async def test_postgresql_is_killed_under_load(tmp_path: Path, report: Report, kills: int, away_seconds: float) -> None:
    rng = random.Random(9)
    plans = [a_branch(HALL, counters=COUNTERS, rules={"pause_minutes": 0}), a_branch(QUIET)]
    with running_postgres() as server:
        store = InPostgres(server, server.new_database())
        with running_workers(tmp_path, plans, database=store.address, store=store, count=2) as workers:
            hall = Patient(workers.ports, HALL, workers.key, rng, keys=1.0)
            phones = [Phone(port, f"branch={HALL}") for port in workers.ports]
            living = asyncio.create_task(hall.live(VISITORS, ENOUGH, COUNTERS))
            await until_acknowledged(hall, 50)
            watching = [asyncio.create_task(phone.watch()) for phone in phones]
            for phone in phones:
                await phone.until_shown("umum", 1)
            for n in range(kills):
                await kill(server, workers, hall, n, away_seconds)
                await until_acknowledged(hall, len(hall.asked) + 50)
            hall.close()
            await living
            seq = workers.journal(HALL)[-1].seq
            await until_known(workers, seq)
            compared = await compare(phones, HALL)
            connections = sum(phone.connections for phone in phones)
            for task in watching:
                task.cancel()
            rows = workers.journal(HALL)
            assert workers.journal(QUIET) == []  # what was refused has not happened after all
    hall.ledger.recovered = hall.recovered()
    account = hall.ledger.against(rows)
    assert Referee(pause_minutes=0).read(rows) == []
    assert (compared, connections) == (4, 2)  # no screen was thrown out
    what = f"killed {kills} times for {away_seconds:g} s, {account.acknowledged} acknowledged, {hall.later} times 503"
    report("R9", what, account, faults_of(hall, phones))


async def kill(server: Postgres, workers: Workers, hall: Patient, n: int, seconds: float) -> None:
    """Meanwhile nothing is acknowledged, and nobody waits for an answer; afterwards everything is there."""
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(0.05)  # answers that were under way are read now, and no more come
    told = {asked.key for asked in hall.asked}
    refused = await asyncio.gather(*(ask_until_told(port, n, seconds) for port in workers.ports))
    assert {asked.key for asked in hall.asked} == told
    assert [worker.is_ready() for worker in workers.servers] == [False] * len(workers.servers)
    await asyncio.to_thread(server.start)
    assert told <= read_keys(workers.store)
    for answers in refused:
        assert {(answer.status, answer.code) for answer in answers} == {(503, "unavailable")}
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)


async def ask_until_told(port: int, n: int, seconds: float) -> list[Answer]:
    """For a number at a branch that nobody else goes to: for so long, and once at least."""
    answers: list[Answer] = []
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    async with Caller(port) as caller:
        while not answers or loop.time() < deadline:
            answers.append(
                await caller.post(f"/branches/{QUIET}/tickets", {"queue": "umum"}, idempotency=f"{port}-{n}")
            )
    return answers


async def until_acknowledged(hall: Patient, enough: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(hall.asked) < enough:
            await asyncio.sleep(0.01)


async def until_known(workers: Workers, seq: int) -> None:
    """At every worker: those that did not write the journal's end look for it."""
    async with asyncio.timeout(PATIENCE):
        for port in workers.ports:
            async with Caller(port, workers.key) as caller:
                while (await caller.get(f"/branches/{HALL}/counters/1")).json["seq"] < seq:
                    await asyncio.sleep(0.05)


async def test_a_commit_that_takes_its_time_leaves_no_gap(tmp_path: Path, postgres: Postgres, report: Report) -> None:
    """One worker stands still between its last statement and its commit, while another goes on at the same branch.

    What has no place in the journal yet can hide nothing behind it: the place is taken by the primary key.
    """
    store = InPostgres(postgres, postgres.new_database())
    slow = "pause=written:2:1.5"
    with running_workers(
        tmp_path, [a_branch(HALL)], database=store.address, store=store, count=2, faults=[slow]
    ) as workers:
        phones = [Phone(port, f"branch={HALL}&queue=umum") for port in workers.ports]
        async with Caller(workers.ports[0]) as here, Caller(workers.ports[1]) as there:
            first = await here.post(f"/branches/{HALL}/tickets", {"queue": "umum"})
            watching = [asyncio.create_task(phone.watch()) for phone in phones]
            for phone in phones:
                await phone.until_shown("umum", 1)
            late = asyncio.create_task(here.post(f"/branches/{HALL}/tickets", {"queue": "umum"}))
            others = asyncio.create_task(take_numbers(there, 20))
            looks = await read_until(store, 22)
            labels = [answer.json["label"] for answer in (first, await late, *await others)]
        for phone in phones:
            await phone.until_shown("umum", 22)
        compared = await compare(phones, HALL)
        for task in watching:
            task.cancel()
    gaps = [look for look in looks if look != list(range(1, len(look) + 1))]
    told = [label for label in labels if labels.count(label) > 1]
    missing = set(range(1, 23)) - set(looks[-1])
    assert compared == 2
    report(
        "R8",
        f"a commit that waits for 1.5 s, 20 others meanwhile, {len(looks)} looks at the journal",
        Count(lost=len(missing), duplicated=len(told), unexpected=len(gaps)),
        [fault for phone in phones for fault in phone.faults],
    )


async def take_numbers(caller: Caller, count: int) -> list[Answer]:
    return [await caller.post(f"/branches/{HALL}/tickets", {"queue": "umum"}) for _ in range(count)]


async def read_until(store: InPostgres, seq: int) -> list[list[int]]:
    """The seqs of the journal, looked at again and again."""
    looks: list[list[int]] = []
    async with asyncio.timeout(PATIENCE):
        while not looks or len(looks[-1]) < seq:
            looks.append([row.seq for row in await asyncio.to_thread(read_journal, store, HALL)])
    return looks


async def test_a_worker_without_files_left_keeps_those_it_has(tmp_path: Path, report: Report) -> None:
    """New streams and requests wait at the door; once there is room they are let in."""
    with running_workers(tmp_path, [a_branch(HALL)]) as workers, ExitStack() as stack:
        pid, port = workers.servers[0].process.pid, workers.ports[0]
        async with Caller(port) as caller:
            labels = [answer.json["label"] for answer in await take_numbers(caller, 3)]
            kept = [stack.enter_context(Wire(port).open(f"branch={HALL}&queue=umum")) for _ in range(10)]
            _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_files(pid) + 5, hard))
            crowd = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(40)]
            seen = [wire.read()["seq"] for wire in kept]
            full = await take_or_not(caller)
            alive = await asyncio.to_thread(lambda: [wire.is_alive() for wire in kept])
            for one in crowd:
                one.close()
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard, hard))
            async with asyncio.timeout(PATIENCE), Caller(port) as newcomer:
                after = await take_numbers(newcomer, 3)
        rows = workers.journal(HALL)
        log = workers.servers[0].log.read_text(errors="replace")
    acknowledged = labels + [answer.json["label"] for answer in (full, *after) if answer is not None]
    written = [row.fields["label"] for row in rows]
    assert seen == [3] * 10
    assert len(after) == 3
    assert len(log) < 200_000  # one who reads the log finds the reason in it, and not only the reason
    report(
        "R33",
        f"no files left: {len(kept)} streams kept, {len(acknowledged)} acknowledged",
        Count(
            lost=len(set(acknowledged) - set(written)) + alive.count(False),
            duplicated=len(written) - len(set(written)),
            unexpected=len(set(written) - set(acknowledged)),
            recovered=len(after),
        ),
    )


async def take_or_not(caller: Caller) -> Answer | None:
    """Over a connection that is open already."""
    try:
        (answer,) = await take_numbers(caller, 1)
    except Unanswered:
        return None
    return answer if answer.status == 201 else None
