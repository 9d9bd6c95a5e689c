"""The disk is full, or another program holds the file: 503 and nothing half done, and all is well once it is over."""

import asyncio
import random
import resource
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pytest

from tests.service.callers import Answer, Caller
from tests.service.halls import Hall
from tests.service.journals import DATABASE, integrity, read_journal
from tests.service.meters import metrics
from tests.service.offices import Office, running_office
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee
from tests.service.wires import Wire

COUNTERS = 5
PAGE = 4096  # bytes
BRANCHES = ("penuh", "kunci", "sebentar", "tunggu", "ramai", "layar", "catatan")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    plans = [a_branch(name, counters=COUNTERS, rules={"pause_minutes": 0}) for name in BRANCHES]
    with running_office(tmp_path_factory.mktemp("away"), plans) as running:
        yield running


@contextmanager
def full_disk(office: Office) -> Iterator[None]:
    """No file of the server may grow any more, except its log: what a full disk is to SQLite."""
    pid, wal = office.server.process.pid, office.folder / f"{DATABASE}-wal"
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    with closing(sqlite3.connect(office.folder / DATABASE, isolation_level=None, timeout=30)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for n in range(office.server.log.stat().st_size // PAGE + 20):
            other.execute(f"PRAGMA user_version = {n + 1}")  # writes one page, and means nothing to anybody
        # A reader: as long as it reads, the write-ahead log cannot begin anew and must grow.
        other.execute("BEGIN")
        other.execute("SELECT * FROM epochs").fetchall()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (wal.stat().st_size, hard))
        try:
            yield
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def held_file(office: Office) -> Iterator[None]:
    """Another program is writing to the file, and takes its time."""
    with closing(sqlite3.connect(office.folder / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def assert_unavailable(answer: Answer) -> None:
    assert (answer.status, answer.code) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json["detail"]


async def test_a_full_disk_is_answered_with_503_and_nothing_is_half_done(office: Office) -> None:
    async with Caller(office.port, office.administrator) as caller:
        path, body = "/branches/penuh/tickets", {"queue": "umum"}
        assert (await caller.post(path, body)).status == 201
        with full_disk(office):
            refused = [await caller.post(path, body, idempotency=f"penuh-{n}") for n in range(3)]
            read = [await caller.get("/branches/penuh"), await caller.get("/branches/penuh/queues/umum")]
        again = [await caller.post(path, body, idempotency=f"penuh-{n}") for n in range(3)]
    for answer in refused:
        assert_unavailable(answer)
    assert [answer.status for answer in read] == [200, 200]
    assert read[0].json["queues"][0]["waiting"] == 1
    assert [(answer.status, answer.json["label"]) for answer in again] == [(201, f"A-00{n}") for n in (2, 3, 4)]
    assert [row.seq for row in read_journal(office.folder, "penuh")] == [1, 2, 3, 4]
    assert integrity(office.folder) == "ok"


def test_screens_stay_connected_while_the_disk_is_full(office: Office) -> None:
    with Wire(office.port).open("branch=layar&queue=umum") as screen, full_disk(office):
        assert screen.read()["seq"] == 0
        with Wire(office.port).open("branch=layar&queue=gigi") as newcomer:
            assert newcomer.read()["queue"] == "gigi"
        assert screen.is_alive()


async def test_a_disk_that_is_full_now_and_then_loses_nothing(office: Office) -> None:
    """Everybody asks again, with the same key, until there is an answer."""
    rng = random.Random(33)
    hall = Patient([office.port], "ramai", office.administrator, rng, keys=1.0)
    phone = Phone(office.port, "branch=ramai")
    watching = asyncio.create_task(phone.watch())
    living = asyncio.create_task(hall.live(20, 10_000, COUNTERS))
    while len(hall.asked) < 50:
        await asyncio.sleep(0.01)
    for _ in range(5):
        away = hall.away
        with full_disk(office):
            while hall.away < away + 10:
                await asyncio.sleep(0.01)
        done = len(hall.asked)
        while len(hall.asked) < done + 30:
            await asyncio.sleep(0.01)
    hall.close()
    await living
    await compare([phone], "ramai")
    watching.cancel()
    rows = read_journal(office.folder, "ramai")
    account = hall.ledger.against(rows)
    print(f"\n{account}; entries {len(rows)}, times away {hall.away}")
    assert account.is_clean(), account
    assert Referee(pause_minutes=0).read(rows) == []
    assert hall.faults + phone.faults == []


class Patient(Hall):
    """People who, told that it cannot be done now, ask again."""

    away = 0

    def must_repeat(self, answer: Answer) -> bool:
        self.away += answer.status == 503
        return answer.status == 503


async def test_a_log_about_the_database_tells_nobody_s_secrets(office: Office) -> None:
    """An idempotency key is as good as the token that its answer holds."""
    before = metrics(office.port)["antrean_database_unavailable_total"]
    await be_refused(office, {"Idempotency-Key": "rahasia-4711"})
    log = office.server.log.read_text(errors="replace")
    assert "rahasia-4711" not in log
    assert "Traceback" not in log
    assert metrics(office.port)["antrean_database_unavailable_total"] > before


async def test_a_request_that_failed_is_told_by_its_id_and_its_route(office: Office) -> None:
    await be_refused(office, {"X-Request-ID": "catatan-1"})
    reason, failed = await lines_about(office, "catatan-1")
    assert reason["event"].startswith("The database is away: ")
    assert failed["seconds"] >= 0
    assert {name: value for name, value in failed.items() if name not in ("time", "worker", "seconds")} == {
        "level": "warning",
        "event": "A request failed",
        "logger": "antrean.requests",
        "request": "catatan-1",
        "method": "POST",
        "route": "/api/v1/branches/{branch}/tickets",
        "status": 503,
        "branch": "catatan",
    }


async def lines_about(office: Office, request: str) -> list[dict[str, Any]]:
    """Both of them: the second is written when the answer is out."""
    async with asyncio.timeout(10):
        while len(found := [line for line in office.server.log_lines() if line.get("request") == request]) < 2:
            await asyncio.sleep(0.02)
    return found


async def be_refused(office: Office, headers: Mapping[str, str]) -> None:
    async with Caller(office.port, office.administrator) as caller:
        with full_disk(office):
            answer = await caller.ask("POST", "/branches/catatan/tickets", {"queue": "umum"}, headers)
    assert_unavailable(answer)


@pytest.mark.slow
async def test_a_long_hold_on_the_file_is_answered_with_503(office: Office) -> None:
    async with Caller(office.port) as caller:
        with held_file(office):
            refused = await caller.post("/branches/tunggu/tickets", {"queue": "umum"})
        granted = await caller.post("/branches/tunggu/tickets", {"queue": "umum"})
    assert_unavailable(refused)
    assert (granted.status, granted.json["label"]) == (201, "A-001")
    assert "locked" not in refused.body.decode()


@pytest.mark.slow
async def test_a_revoked_key_ends_even_after_the_chores_have_failed_once(office: Office) -> None:
    """Old keys cannot be deleted while the file is held; the round after that must take place all the same."""
    key = office.server.run("key", "create", "--role", "clerk", "--branch", "kunci").split()[-1]
    path = "/branches/kunci/counters/1"
    async with Caller(office.port, key) as clerk:
        assert (await clerk.get(path)).status == 200
        with held_file(office):
            await asyncio.sleep(75)  # chores come every minute, and give up after ten seconds
        office.server.run("key", "revoke", key.split("_")[1])
        async with asyncio.timeout(90):
            while (await clerk.get(path)).status != 401:
                await asyncio.sleep(1)


async def test_a_short_hold_on_the_file_is_waited_for(office: Office) -> None:
    callers = [Caller(office.port) for _ in range(5)]
    with held_file(office):
        asked = [
            asyncio.create_task(caller.post("/branches/sebentar/tickets", {"queue": "umum"})) for caller in callers
        ]
        async with Caller(office.port) as reader:
            read = await reader.get("/branches/sebentar")
        done, _ = await asyncio.wait(asked, timeout=0.3)
    answers = await asyncio.gather(*asked)
    assert done == set()
    assert read.status == 200
    assert sorted(answer.json["label"] for answer in answers) == [f"A-00{n}" for n in range(1, 6)]
    assert {answer.status for answer in answers} == {201}
