"""Several workers on one PostgreSQL, and everybody at one branch: each called once, in order, each number once."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults.offices import Patient, Workers, faults_of, running_workers
from tests.faults.rows import Count, Report
from tests.postgres import Postgres
from tests.service.callers import Answer, Caller
from tests.service.journals import InPostgres, Row
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

HALL = "balai"
QUEUES = {"umum": "A", "gigi": "B", "anak": "C", "farmasi": "D"}
PATIENCE = 60.0
JAKARTA = timedelta(hours=7)


@pytest.mark.parametrize(
    ("count", "counters", "visitors"), [(2, 20, 30), pytest.param(4, 50, 200, marks=pytest.mark.faults)]
)
async def test_one_branch_is_hammered_from_several_workers(
    tmp_path: Path, postgres: Postgres, report: Report, count: int, counters: int, visitors: int
) -> None:
    """Every ticket is called once, and in the order of the rules: the referee counts every overtaking."""
    store = InPostgres(postgres, postgres.new_database())
    plan = a_branch(HALL, queues=QUEUES, counters=counters, rules={"pause_minutes": 0})
    with running_workers(tmp_path, [plan], database=store.address, store=store, count=count) as workers:
        hall = Timed(workers.ports, HALL, workers.key, random.Random(3), queues=tuple(QUEUES))
        phones = [Phone(port, f"branch={HALL}") for port in workers.ports]
        watching = [asyncio.create_task(phone.watch()) for phone in phones]
        for phone in phones:
            await phone.until_shown("umum", 0)
        await hall.live(visitors, 3, counters)
        rows = workers.journal(HALL)
        compared = await until_equal(phones, rows[-1].seq)
        for task in watching:
            task.cancel()
    overtaken = Referee(pause_minutes=0).read(rows)
    account = hall.ledger.against(rows)
    what = (
        f"{count} workers, {counters} counters, {account.acknowledged} acknowledged, longest wait {hall.longest:.2f} s"
    )
    assert compared == count * len(QUEUES)
    report("R2", what, account, faults_of(hall, phones))
    calls = sum(row.kind == "called" for row in rows)
    report("R3", f"{count} workers, {calls} calls", Count(unexpected=len(overtaken)), overtaken)


class Timed(Patient):
    longest = 0.0

    async def _ask(self, caller: Caller, action: str, path: str, body: object = None) -> Answer:
        begun = time.monotonic()
        try:
            return await super()._ask(caller, action, path, body)
        finally:
            self.longest = max(self.longest, time.monotonic() - begun)


async def until_equal(phones: Sequence[Phone], seq: int) -> int:
    """Once every worker has seen the journal's end: how many frames were compared with its snapshots."""
    async with asyncio.timeout(PATIENCE):
        for phone in phones:
            while max(frame["seq"] for frame in phone.queues.values()) < seq:
                await phone.until_changed()
    return await compare(phones, HALL)


@pytest.mark.faults
@pytest.mark.parametrize("takes", [10_000])
async def test_numbers_are_distinct_though_clocks_jump_and_the_day_ends(
    tmp_path: Path, postgres: Postgres, report: Report, takes: int
) -> None:
    """Two workers: the clock of one is right, the other's jumps by an hour, both ways. In the middle the day ends."""
    store = InPostgres(postgres, postgres.new_database())
    clocks = [tmp_path / f"clock-{n}" for n in range(2)]
    now = datetime.now(UTC) + JAKARTA
    noon = (now.replace(hour=12, minute=0, second=0, microsecond=0) - now).total_seconds()
    midnight = noon + 12 * 3600 + 1  # a second into the next day
    for clock in clocks:
        clock.write_text(str(noon))
    faults = [f"clock={clock}" for clock in clocks]
    with running_workers(
        tmp_path, [a_branch(HALL)], database=store.address, store=store, count=2, faults=faults
    ) as workers:
        people = [Caller(port) for port in workers.ports for _ in range(30)]
        answers = []
        for jumps in ((0, 0), (0, 3600), (0, -3600), (0, 0)):
            set_clocks(clocks, noon, jumps)
            answers += await take(people, takes // 8)
        set_clocks(clocks, midnight, (0, 0))
        for jumps in ((0, 0), (0, 3600)):
            set_clocks(clocks, midnight, jumps)
            answers += await take(people, takes // 4)
        rows = workers.journal(HALL)
    days = in_days(rows)
    assert Counter(answer.status for answer in answers) == {201: len(answers)}
    told = Counter(answer.json["token"] for answer in answers)
    labels = Counter(answer.json["label"] for answer in answers)
    written = Counter(row.fields["label"] for row in rows)
    faults_found = [fault for day in days for fault in Referee().read(day)]
    assert [len(day) for day in days] == [takes // 2, takes // 2]
    report(
        "R4",
        f"{len(answers)} numbers on two days by two clocks an hour apart",
        Count(
            lost=(labels - written).total(),
            duplicated=sum(times - 1 for times in told.values()),
            unexpected=(written - labels).total(),
        ),
        faults_found,
    )


def set_clocks(clocks: Sequence[Path], offset: float, jumps: Sequence[float]) -> None:
    for clock, jump in zip(clocks, jumps, strict=True):
        changed = clock.with_suffix(".new")
        changed.write_text(str(offset + jump))
        changed.replace(clock)


async def take(people: Sequence[Caller], count: int) -> list[Answer]:
    async def one(who: int) -> list[Answer]:
        path = f"/branches/{HALL}/tickets"
        return [await people[who].post(path, {"queue": "umum"}) for _ in range(who, count, len(people))]

    return [answer for answers in await asyncio.gather(*(one(n) for n in range(len(people)))) for answer in answers]


def in_days(rows: Sequence[Row]) -> list[list[Row]]:
    """Each day's journal begins at 1."""
    days: list[list[Row]] = []
    for row in rows:
        if row.seq == 1:
            days.append([])
        days[-1].append(row)
    return days


@pytest.mark.parametrize("requests", [30, pytest.param(400, marks=pytest.mark.faults)])
async def test_requests_whose_answers_are_lost_have_one_effect(
    tmp_path: Path, postgres: Postgres, report: Report, requests: int
) -> None:
    """Each is sent to every worker at once, by somebody who hangs up, and again after all workers were killed."""
    store = InPostgres(postgres, postgres.new_database())
    with running_workers(tmp_path, [a_branch(HALL)], database=store.address, store=store, count=2) as workers:
        await asyncio.gather(*(send_and_hang_up(workers, n) for n in range(requests)))
        at_once = [await ask_everywhere(workers, n) for n in range(requests)]
        for server in workers.servers:
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        late = [await ask_everywhere(workers, n) for n in range(requests)]
        other = [await ask_everywhere(workers, n, "gigi") for n in range(3)]
        rows = workers.journal(HALL)
    bodies = [{answer.body for answer in (*now, *then)} for now, then in zip(at_once, late, strict=True)]
    assert {answer.status for answers in (*at_once, *late) for answer in answers} == {201}
    assert {(answer.status, answer.code) for answers in other for answer in answers} == {
        (422, "idempotency_key_reused")
    }
    report(
        "R5",
        f"{requests} requests, each 6 times, by people who hang up and across a kill of both workers",
        Count(
            lost=max(0, requests - len(rows)),
            duplicated=max(0, len(rows) - requests),
            unexpected=sum(len(found) - 1 for found in bodies),
            recovered=sum(len(found) == 1 for found in bodies),
        ),
    )


async def send_and_hang_up(workers: Workers, n: int) -> None:
    for port in workers.ports:
        async with Caller(port) as caller:
            asked = asyncio.create_task(
                caller.post(f"/branches/{HALL}/tickets", {"queue": "umum"}, idempotency=f"k{n}")
            )
            await asyncio.sleep(random.uniform(0, 0.02))
            asked.cancel()


async def ask_everywhere(workers: Workers, n: int, queue: str = "umum") -> list[Answer]:
    async def ask(port: int) -> Answer:
        async with Caller(port) as caller:
            return await caller.post(f"/branches/{HALL}/tickets", {"queue": queue}, idempotency=f"k{n}")

    return list(await asyncio.gather(*(ask(port) for port in workers.ports)))
