"""Several processes behind one port, and the parent that keeps them going."""

import asyncio
import os
import random
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from loadtests.processes import open_sockets
from queue_service.workers import LONGEST_PAUSE, STABLE_SECONDS, Seat
from tests.faults.failing import VARIABLE
from tests.faults.offices import FailingServer
from tests.postgres import Postgres
from tests.servers import ANTREAN, ROOT, Server, running_server
from tests.service.callers import Answer, Caller
from tests.service.halls import Hall
from tests.service.journals import InPostgres, Store, read_journal
from tests.service.phones import Phone
from tests.service.plans import a_branch, write_setup
from tests.service.referees import Referee
from tests.service.wires import Wire

WORKERS = 3
COUNTERS = 8
STREAMS = 60  # that one of three workers gets none of them happens once in ten thousand million runs
PATIENCE = 60  # seconds


def workers_of(server: Server) -> list[int]:
    """Process ids; a parent has no other children."""
    pid = server.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        return InPostgres(server, server.new_database())
    return tmp_path_factory.mktemp("workers") / "data"


@pytest.fixture(scope="module")
def shared(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For tests that leave its workers as they are."""
    folder = tmp_path_factory.mktemp("shared")
    setup = write_setup(folder / "setup.yaml", [a_branch("balai", counters=COUNTERS, rules={"pause_minutes": 0})])
    address = {} if isinstance(store, Path) else {"ANTREAN_DATABASE_URL": store.address}
    data = store if isinstance(store, Path) else folder / "data"
    with running_server(data, setup=setup, extra_env=address, workers=WORKERS) as running:
        running.wait_until_listening()
        yield running


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two workers to which anything may happen. Whoever lives for half a second has not died at once: loading the
    modules takes longer than that, as on a busy machine it takes longer than the ten seconds of the product."""
    folder = tmp_path_factory.mktemp("two")
    data = folder / "data"
    data.mkdir()
    setup = write_setup(folder / "setup.yaml", [a_branch("balai")])
    early = {VARIABLE: "set=queue_service.workers:STABLE_SECONDS:0.5"}
    with FailingServer(data, setup=setup, extra_env=early, workers=2) as running:
        running.wait_until_listening()
        yield running


@dataclass
class Pair:
    server: Server
    workers: list[int]  # at first
    _told: int  # characters of the log until then

    def now(self) -> list[int]:
        return workers_of(self.server)

    def news(self) -> str:
        return self.server.log.read_text()[self._told :]

    async def ask(self, method: str, path: str, body: object = None) -> Answer:
        """As a newcomer does."""
        async with Caller(self.server.port) as caller:
            return await caller.ask(method, path, body)


@pytest.fixture
async def pair(two: Server) -> Pair:
    """Both of them answer, whatever a test before has done."""
    await until(lambda: len(workers_of(two)) == 2)
    await until(lambda: all(streams_at(pid, two) > 0 for pid in workers_of(two)))
    return Pair(two, workers_of(two), len(two.log.read_text()))


def streams_at(worker: int, server: Server) -> int:
    """How many of so many new ones come to this worker."""
    before = open_sockets(worker)
    wires = [Wire(server.port).open("branch=balai") for _ in range(STREAMS)]
    gained = open_sockets(worker) - before
    for wire in wires:
        wire.close()
    return gained


def test_streams_come_to_every_worker(shared: Server) -> None:
    pids = workers_of(shared)
    before = {pid: open_sockets(pid) for pid in pids}
    wires = [Wire(shared.port).open("branch=balai") for _ in range(STREAMS)]
    gained = [open_sockets(pid) - before[pid] for pid in pids]
    assert all(wire.read()["seq"] >= 0 for wire in wires)
    for wire in wires:
        wire.close()
    assert len(pids) == WORKERS
    assert min(gained) > 0


def test_each_worker_may_open_as_many_files_as_there_are(shared: Server) -> None:
    limits = [Path(f"/proc/{pid}/limits").read_text().splitlines() for pid in workers_of(shared)]
    files = [next(line for line in lines if line.startswith("Max open files")).split()[3:5] for lines in limits]
    assert len(files) == WORKERS
    assert all(soft == hard for soft, hard in files)


def test_where_it_listens_is_said_once(shared: Server) -> None:
    assert shared.log.read_text().count("Antrean listens on") == 1


async def test_people_who_are_spread_over_workers_lose_nothing(shared: Server, store: Store) -> None:
    hall = Hall([shared.port], "balai", shared.key("administrator"), random.Random(11))
    async with asyncio.timeout(PATIENCE * 2):
        await hall.live(visitors=20, tickets_each=3, counters=COUNTERS)
    rows = read_journal(store, "balai")
    account = hall.ledger.against(rows)
    print(f"\n{account}; entries {len(rows)}, refusals {dict(hall.ledger.refusals)}")
    assert account.is_clean(), account
    assert Referee(pause_minutes=0).read(rows) == []
    assert hall.faults == []


async def test_a_worker_that_is_killed_is_replaced_and_its_phones_come_back(pair: Pair) -> None:
    phones = [Phone(pair.server.port, "branch=balai&queue=umum") for _ in range(20)]
    async with asyncio.TaskGroup() as group:
        watching = [group.create_task(phone.watch()) for phone in phones]
        assert (await pair.ask("POST", "/branches/balai/tickets", {"queue": "umum"})).status == 201
        first = read_journal(pair.server.data_dir, "balai")[-1].seq
        await asyncio.gather(*(phone.until_shown("umum", first) for phone in phones))
        killed, other = pair.workers
        os.kill(killed, signal.SIGKILL)
        await until(lambda: len(pair.now()) == 2 and killed not in pair.now())
        async with asyncio.timeout(PATIENCE):
            assert (await pair.ask("POST", "/branches/balai/tickets", {"queue": "umum"})).status == 201
            frames = await asyncio.gather(*(phone.until_shown("umum", first + 1) for phone in phones))
        assert other in pair.now()
        for task in watching:
            task.cancel()
    assert {str(frame["waiting"]) for frame in frames} == {f"[['A', 1, {first + 1}]]"}
    assert [fault for phone in phones for fault in phone.faults] == []
    assert "ended with status -9" in pair.news()


async def test_renewing_the_workers_one_by_one_is_noticed_by_nobody(pair: Pair) -> None:
    """Neither by those who keep their connections nor by those who come anew for each request."""
    statuses: list[int] = []
    is_over = False

    async def ask(is_kept: bool) -> None:
        async with Caller(pair.server.port) as caller:
            while not is_over:
                statuses.append((await caller.get("/branches/balai/queues/umum")).status)
                if not is_kept:
                    await caller.hang_up()

    asking = [asyncio.create_task(ask(is_kept=n % 2 == 0)) for n in range(8)]
    with Wire(pair.server.port).open("branch=balai") as screen:
        os.kill(pair.server.process.pid, signal.SIGHUP)
        await until(lambda: not set(pair.workers) & set(pair.now()) and len(pair.now()) == 2)
        assert (await asyncio.to_thread(screen.ended)).code == 1001
    is_over = True
    await asyncio.gather(*asking)
    print(f"\nanswered meanwhile: {len(statuses)}")
    assert set(statuses) == {200}
    assert "ended with status" not in pair.news()


async def test_workers_that_could_not_be_renewed_stay(pair: Pair) -> None:
    with unreadable_secret(pair):
        os.kill(pair.server.process.pid, signal.SIGHUP)
        await until(lambda: " stays." in pair.news())
        assert pair.now() == pair.workers
        assert (await pair.ask("GET", "/branches/balai")).status == 200


async def test_while_a_worker_cannot_come_back_the_other_answers_everybody(pair: Pair) -> None:
    killed, other = pair.workers
    with unreadable_secret(pair):
        os.kill(killed, signal.SIGKILL)
        await until(lambda: re.search(r"the next starts in (?!0 )", pair.news()) is not None)
        statuses = [(await pair.ask("GET", "/branches/balai")).status for _ in range(STREAMS)]
    assert set(statuses) == {200}
    await until(lambda: streams_at(other, pair.server) < STREAMS)


@contextmanager
def unreadable_secret(pair: Pair) -> Iterator[None]:
    """No worker can start."""
    secret = pair.server.data_dir / "secret"
    kept = secret.read_text()
    secret.write_text("short")
    try:
        yield
    finally:
        secret.write_text(kept)


def test_a_port_that_other_workers_share_is_taken(pair: Pair, tmp_path: Path) -> None:
    done = serve(tmp_path / "other", "--port", str(pair.server.port))
    assert done.returncode == 1
    assert "Address already in use" in done.stderr


async def test_workers_whose_parent_is_killed_end_too_and_leave_the_port(pair: Pair) -> None:
    with Wire(pair.server.port).open("branch=balai") as screen:
        os.kill(pair.server.process.pid, signal.SIGKILL)
        assert screen.ended().code == 1001
    await until(lambda: all(has_ended(pid) for pid in pair.workers))
    pair.server.process.wait(PATIENCE)
    pair.server.start()


def serve(folder: Path, *options: str, **extra: str) -> subprocess.CompletedProcess[str]:
    """To its end, which must come by itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
    environment |= {"ANTREAN_DATA_DIR": str(folder), **extra}
    command = [ANTREAN, "serve", "--workers", "3", *options]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_workers_that_cannot_start_are_given_up_and_the_reason_is_said_once(tmp_path: Path) -> None:
    done = serve(tmp_path, "--port", "0", ANTREAN_SECRET="short")
    assert done.returncode == 1
    assert done.stderr.count("at least 16 characters") == 1
    assert "before it could answer" in done.stderr
    assert "listens" not in done.stderr


# Seats


@pytest.fixture
def seat() -> Iterator[Seat]:
    seat = Seat(1, "127.0.0.1", 0)
    yield seat
    seat.sock.close()


def test_a_worker_that_dies_at_once_again_and_again_is_started_ever_later(seat: Seat) -> None:
    assert [seat.pause_after(0.1) for _ in range(5)] == [0, 0.5, 1, 2, 4]
    assert [seat.pause_after(0.1) for _ in range(9)][-1] == LONGEST_PAUSE
    assert [seat.pause_after(STABLE_SECONDS), seat.pause_after(0.1)] == [0, 0]


def test_newcomers_wait_at_a_seat_for_the_next_worker_and_go_elsewhere_once_it_is_cleared(seat: Seat) -> None:
    other = Seat(2, *seat.sock.getsockname())
    for one in (seat, other):
        one.sock.listen(100)
        one.sock.settimeout(0.2)
    waiting = [Wire(other.sock.getsockname()[1]) for _ in range(STREAMS)]
    assert 0 < accepted(other) < STREAMS
    assert accepted(seat) > 0
    seat.clear()
    waiting += [Wire(other.sock.getsockname()[1]) for _ in range(STREAMS)]
    assert accepted(other) == STREAMS
    for wire in waiting:
        wire.close()
    other.sock.close()


def accepted(seat: Seat) -> int:
    found = 0
    while True:
        try:
            seat.sock.accept()[0].close()
        except TimeoutError:
            return found
        found += 1
