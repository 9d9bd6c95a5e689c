"""A worker dies at each step between a decision and its answer: nothing acknowledged is lost, nothing is done twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.failing import POINTS
from tests.faults.offices import FailingServer, Patient, faults_of, running_workers
from tests.faults.rows import Report
from tests.postgres import Postgres
from tests.service.journals import InPostgres, Store, read_keys
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

HALL = "balai"
COUNTERS = 5
VISITORS = 12
PATIENCE = 60.0
ENOUGH = 100_000  # numbers for each visitor: they go on until the hall closes
ORDER = ["decided", "inserted", "written", "committed", "told", "shown"]


def test_every_point_that_can_fail_does_fail_here() -> None:
    assert list(POINTS) == ORDER


@pytest.mark.parametrize(
    ("engine", "rounds"),
    [
        ("postgresql", 1),
        pytest.param("postgresql", 5, marks=pytest.mark.faults),
        pytest.param("sqlite", 5, marks=pytest.mark.faults),
    ],
)
async def test_a_crash_at_each_step_of_the_write_path(
    tmp_path: Path, postgres: Postgres, report: Report, engine: str, rounds: int
) -> None:
    rng = random.Random(rounds)
    where = InPostgres(postgres, postgres.new_database()) if engine == "postgresql" else None
    plan = a_branch(HALL, counters=COUNTERS, rules={"pause_minutes": 0})
    recovered = 0
    with running_workers(tmp_path, [plan], database=where.address if where else None, store=where) as workers:
        (server,) = workers.servers
        hall = Patient(workers.ports, HALL, workers.key, rng, keys=1.0)
        phone = Phone(server.port, f"branch={HALL}")
        living = asyncio.create_task(hall.live(VISITORS, ENOUGH, COUNTERS))
        while len(hall.asked) < VISITORS:
            await asyncio.sleep(0.01)
        watching = asyncio.create_task(phone.watch())
        await phone.until_shown("umum", 1)
        await asyncio.to_thread(server.kill)
        for point in ORDER * rounds:
            server.fault = f"exit={point}:{rng.randint(20, 60)}"
            await asyncio.to_thread(server.start)
            recovered += await crashed(server, hall, workers.store)
        server.fault = ""
        await asyncio.to_thread(server.start)
        hall.close()
        await living
        compared = await compare([phone], HALL)
        watching.cancel()
        rows = workers.journal(HALL)
    hall.ledger.recovered = recovered
    account = hall.ledger.against(rows)
    assert Referee(pause_minutes=0).read(rows) == []
    assert compared == 2
    assert phone.connections > len(ORDER) * rounds / 2
    what = f"{engine}: {len(ORDER) * rounds} crashes, {account.acknowledged} acknowledged"
    report("R6", what, account, faults_of(hall, [phone]))


async def crashed(server: FailingServer, hall: Patient, store: Store) -> int:
    """Waits for the crash, and looks at what it has left: how much was done that nobody had been told of."""
    async with asyncio.timeout(PATIENCE):
        while server.process.poll() is None:
            await asyncio.sleep(0.01)
    assert server.has_struck, server.process.returncode
    await asyncio.sleep(0.05)  # answers that were under way are read now, and no more come
    acknowledged = {asked.key for asked in hall.asked}
    kept = await asyncio.to_thread(read_keys, store)
    assert acknowledged <= kept
    return len(kept - acknowledged)
