"""Links that are slow, narrow, cut, or of which one half is gone; a server that stands still; rights that ended."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.faults.offices import Patient, Workers, faults_of, running_workers
from tests.faults.proxy import Proxy
from tests.faults.rows import Count, Report
from tests.postgres import Postgres
from tests.service.callers import Caller
from tests.service.journals import InPostgres
from tests.service.meters import metrics
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee
from tests.service.wires import Wire

HALL = "balai"
BRANCHES = 20
ENOUGH = 100_000  # numbers for each visitor: they go on until the hall closes
PATIENCE = 60.0


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    plans = [a_branch(f"cabang-{n}", rules={"pause_minutes": 0}) for n in range(BRANCHES)]
    with running_workers(tmp_path_factory.mktemp("links"), plans) as running:
        yield running


@pytest.fixture
def branch(used: Iterator[int]) -> str:
    """One that no other test has touched."""
    return f"cabang-{next(used)}"


@pytest.fixture(scope="module")
def used() -> Iterator[int]:
    return count()


def slow(link: Proxy) -> None:
    for way in (link.up, link.down):
        way.latency, way.jitter = 0.4, 0.2


def narrow(link: Proxy) -> None:
    link.up.rate = link.down.rate = 1024


def sliced(link: Proxy) -> None:
    link.up.slice = link.down.slice = 1


@pytest.mark.parametrize("spoil", [slow, narrow, sliced])
@pytest.mark.parametrize("seconds", [3.0, pytest.param(30.0, marks=pytest.mark.faults)])
async def test_people_and_screens_on_a_bad_link(
    workers: Workers, branch: str, report: Report, spoil: Callable[[Proxy], None], seconds: float
) -> None:
    """Everything comes, late; nothing is bent on its way."""
    with Proxy(workers.ports[0]) as link:
        spoil(link)
        phone = Phone(link.port, f"branch={branch}&queue=umum")
        near = Phone(workers.ports[0], f"branch={branch}")
        watching = [asyncio.create_task(one.watch()) for one in (phone, near)]
        hall = Patient([link.port], branch, workers.key, random.Random(branch), keys=1.0)
        living = asyncio.create_task(hall.live(4, ENOUGH, 2))
        await asyncio.sleep(seconds)
        hall.close()
        link.up.rate = link.down.rate = None  # the rest may go quickly
        link.up.latency = link.down.latency = link.up.jitter = link.down.jitter = 0.0
        await living
        rows = workers.journal(branch)
        compared = await compare([phone, near], branch)
        for task in watching:
            task.cancel()
    account = hall.ledger.against(rows)
    assert Referee(pause_minutes=0).read(rows) == []
    assert (compared, phone.connections) == (3, 1)
    report(
        "R26", f"{spoil.__name__} link, {account.acknowledged} acknowledged", account, faults_of(hall, [phone, near])
    )


@pytest.mark.parametrize("cuts", [40, pytest.param(400, marks=pytest.mark.faults)])
async def test_connections_are_cut_in_the_middle_of_what_they_carry(
    workers: Workers, branch: str, report: Report, cuts: int
) -> None:
    """Anywhere: within a handshake, a frame, a request or an answer; and reset. Who has no answer asks again."""
    rng = random.Random(branch)
    with ExitStack() as stack:
        people, screens = (stack.enter_context(Proxy(workers.ports[0])) for _ in range(2))
        phones = [Phone(screens.port, f"branch={branch}&queue=umum") for _ in range(5)]
        hall = Patient([people.port], branch, workers.key, rng, keys=1.0)
        living = asyncio.create_task(hall.live(6, ENOUGH, 3))
        while len(hall.asked) < 5:
            await asyncio.sleep(0.01)
        watching = [asyncio.create_task(phone.watch()) for phone in phones]
        for _ in range(cuts):
            for way in (people.up, people.down, screens.down):
                way.cut_after = rng.randint(1, 700)
            if rng.random() < 0.2:
                people.reset(1)
            await asyncio.sleep(0.05)
        for way in (people.up, people.down, screens.down):
            way.cut_after = None
        hall.close()
        await living
        rows = workers.journal(branch)
        for phone in phones:
            await phone.until_shown("umum", 0)
        compared = await compare(phones, branch)
        for task in watching:
            task.cancel()
        metrics_now = metrics(workers.ports[0])
    hall.ledger.recovered = hall.recovered()
    account = hall.ledger.against(rows)
    connections = sum(phone.connections for phone in phones)
    assert Referee(pause_minutes=0).read(rows) == []
    assert compared == len(phones)
    assert metrics_now["antrean_connections"] <= 2 * len(phones)
    what = f"{cuts} rounds of cuts and resets, {len(hall.unanswered)} answers lost, {connections} connections"
    report("R26", what, account, faults_of(hall, phones))


async def test_the_database_s_link_turns_into_a_black_hole(tmp_path: Path, postgres: Postgres, report: Report) -> None:
    """503 as soon as patience ends; what had been asked for then happens once, or not at all, and keys tell which."""
    store = InPostgres(postgres, postgres.new_database())
    patience = [f"set=queue_service.database.postgresql:{name}_SECONDS:1" for name in ("STATEMENT", "CONNECT", "BUSY")]
    with Proxy(postgres.port) as link:
        address = postgres.address(store.database, link.port)
        plan = a_branch(HALL, rules={"pause_minutes": 0})
        with running_workers(tmp_path, [plan], database=address, store=store, faults=[" ".join(patience)]) as workers:
            hall = Patient(workers.ports, HALL, workers.key, random.Random(28), keys=1.0)
            phone = Phone(workers.ports[0], f"branch={HALL}")
            living = asyncio.create_task(hall.live(6, ENOUGH, 3))
            await until_more(lambda: len(hall.asked), 20)
            watching = asyncio.create_task(phone.watch())
            await phone.until_shown("umum", 1)
            for _ in range(2):
                link.stop()
                await until_more(lambda: hall.later, 1)
                link.resume()
                await until_more(lambda: len(hall.asked), 20)
            hall.close()
            await living
            rows = workers.journal(HALL)
            await compare([phone], HALL)
            watching.cancel()
    hall.ledger.recovered = hall.recovered()
    account = hall.ledger.against(rows)
    assert Referee(pause_minutes=0).read(rows) == []
    assert phone.connections == 1
    report("R9", f"twice cut off from its database, {hall.later} times 503", account, faults_of(hall, [phone]))


async def until_more(number: Callable[[], int], more: int) -> None:
    begun = number()
    async with asyncio.timeout(PATIENCE):
        while number() < begun + more:
            await asyncio.sleep(0.02)


@pytest.mark.faults
async def test_half_a_connection_is_given_up(tmp_path: Path, report: Report) -> None:
    """The network swallows everything and says nothing: the server lets go of the streams, the others go on.

    A minute in life, two seconds here. That a phone gives up a silent stream is proved in a browser.
    """
    fault = "set=queue_service.listening:DEAD_SECONDS:2"
    with ExitStack() as stack:
        gone = stack.enter_context(running_workers(tmp_path, [a_branch(HALL)], faults=[fault]))
        (port,), query = gone.ports, f"branch={HALL}&queue=umum"
        link = stack.enter_context(Proxy(port))
        async with Caller(port) as caller:
            await asyncio.gather(*(take_numbers(Caller(port), HALL, 20) for _ in range(20)))  # large frames from now on
            near = Phone(port, query)
            watching = asyncio.create_task(near.watch())
            far = [stack.enter_context(Wire(link.port).open(query)) for _ in range(10)]
            for wire in far:
                wire.read()
            link.stop()
            async with asyncio.timeout(PATIENCE):
                while metrics(port)["antrean_connections"] > 1:
                    await take_numbers(caller, HALL, 5)
                    await asyncio.sleep(0.05)
            seq = gone.journal(HALL)[-1].seq
            await near.until_shown("umum", seq)
            again = [stack.enter_context(Wire(port).open(query)) for _ in far]
            seen = [wire.read()["seq"] for wire in again]
        watching.cancel()
    assert near.connections == 1
    what = f"{len(far)} streams behind a black hole given up"
    report("R25", what, Count(lost=sum(found < seq for found in seen), recovered=len(seen)), near.faults)


async def take_numbers(caller: Caller, branch: str, numbers: int) -> None:
    for n in range(numbers):
        body = {"queue": "umum", "class": "lansia" if n % 2 else "general"}
        assert (await caller.post(f"/branches/{branch}/tickets", body)).status == 201


@pytest.mark.parametrize("seconds", [2.0, pytest.param(40.0, marks=pytest.mark.faults)])
async def test_a_server_that_stood_still_throws_nobody_out(
    workers: Workers, branch: str, report: Report, seconds: float
) -> None:
    with ExitStack() as stack:
        server, port = workers.servers[0], workers.ports[0]
        opened = metrics(port)["antrean_connections_opened_total"]
        wires = [stack.enter_context(Wire(port).open(f"branch={branch}&queue=umum")) for _ in range(200)]
        async with Caller(port) as caller:
            await take_numbers(caller, branch, 1)
            os.kill(server.process.pid, signal.SIGSTOP)
            asked = asyncio.create_task(take_numbers(caller, branch, 1))
            await asyncio.sleep(seconds)
            os.kill(server.process.pid, signal.SIGCONT)
            await asked
        seqs = await asyncio.to_thread(lambda: [newest(wire, 2) for wire in wires])
        alive = await asyncio.to_thread(lambda: sum(wire.is_alive() for wire in wires))
        assert metrics(port)["antrean_connections_opened_total"] == opened + len(wires)
    late = sum(found[-1] != 2 for found in seqs)
    backwards = [found for found in seqs if found != sorted(set(found))]
    what = f"{seconds:.0f} s of standing still, {len(wires)} streams"
    report("R31", what, Count(lost=len(wires) - alive + late, unexpected=len(backwards), recovered=alive))


def newest(wire: Wire, seq: int) -> list[int]:
    seqs = [wire.read()["seq"]]
    while seqs[-1] < seq:
        seqs.append(wire.read()["seq"])
    return seqs
