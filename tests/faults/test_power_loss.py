"""The power fails: of what was written, only what was flushed is left, and that holds everything acknowledged."""

import asyncio
import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.offices import Patient, Workers, faults_of, running_workers
from tests.faults.rows import Report
from tests.service.journals import DATABASE, integrity, read_journal, read_keys
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch
from tests.service.referees import Referee

SOURCE = Path(__file__).with_name("powerless.c")
HALL = "balai"
COUNTERS = 5
VISITORS = 15
ENOUGH = 100_000  # numbers for each visitor: they go on until the hall closes
ACKNOWLEDGED = 60  # before the power fails


@pytest.fixture(scope="session")
def forgetful_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that a process can be started with."""
    library = tmp_path_factory.mktemp("powerless") / "powerless.so"
    flags = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, str(SOURCE), "-o", str(library), "-ldl", "-lpthread"], check=True)
    return library


@contextmanager
def on_forgetful_disk(library: Path, folder: Path, fault: str = "") -> Iterator[Workers]:
    kept = folder / "kept"
    kept.mkdir()
    disk: Mapping[str, str] = {
        "LD_PRELOAD": str(library),
        "FORGETFUL_DIR": str(folder),
        "FORGETFUL_KEPT": str(kept),
    }
    plan = a_branch(HALL, counters=COUNTERS, rules={"pause_minutes": 0})
    with running_workers(folder, [plan], faults=[fault], environments=[disk]) as workers:
        yield workers


@dataclass(frozen=True)
class Cut:
    """What a power cut has left: the server's files, and a copy to be looked at. `forgotten`: bytes that are gone or
    other than they were written. Who opens the files themselves would flush them."""

    copy: Path
    forgotten: int


def lose_power(workers: Workers, folder: Path, copy: Path) -> Cut:
    workers.servers[0].kill()
    copy.mkdir()
    forgotten = 0
    for part in folder.glob(f"{DATABASE}*"):
        kept = folder / "kept" / part.name
        written = part.read_bytes()
        left = kept.read_bytes() if kept.exists() else b""
        part.unlink()
        if kept.exists():
            shutil.copy(kept, part)
            shutil.copy(kept, copy)
        if not part.name.endswith("-shm"):
            forgotten += sum(a != b for a, b in zip(written, left, strict=False)) + abs(len(written) - len(left))
    return Cut(copy, forgotten)


@pytest.mark.parametrize("cuts", [2, pytest.param(25, marks=pytest.mark.faults)])
async def test_what_was_acknowledged_survives_the_disk(
    tmp_path: Path, forgetful_disk: Path, report: Report, cuts: int
) -> None:
    rng = random.Random(10)
    forgotten = 0
    with on_forgetful_disk(forgetful_disk, tmp_path) as workers:
        hall = Patient(workers.ports, HALL, workers.key, rng, keys=1.0)
        phone = Phone(workers.ports[0], f"branch={HALL}")
        living = asyncio.create_task(hall.live(VISITORS, ENOUGH, COUNTERS))
        await until_acknowledged(hall, 1)
        watching = asyncio.create_task(phone.watch())
        for n in range(cuts):
            await until_acknowledged(hall, len(hall.asked) + rng.randint(20, ACKNOWLEDGED))
            cut = await asyncio.to_thread(lose_power, workers, tmp_path, tmp_path / f"cut-{n}")
            forgotten += cut.forgotten
            await asyncio.sleep(0.05)  # answers that were under way are read now, and no more come
            acknowledged = {asked.key for asked in hall.asked}
            assert integrity(cut.copy) == "ok"
            kept = read_keys(cut.copy)
            assert acknowledged <= kept
            hall.ledger.recovered += len(kept - acknowledged)
            await asyncio.to_thread(workers.servers[0].start)
        hall.close()
        await living
        await compare([phone], HALL)
        watching.cancel()
        rows = workers.journal(HALL)
    account = hall.ledger.against(rows)
    assert Referee(pause_minutes=0).read(rows) == []
    what = f"{cuts} power cuts, {account.acknowledged} acknowledged, {forgotten} bytes forgotten"
    report("R10", what, account, faults_of(hall, [phone]))


@pytest.mark.faults
@pytest.mark.parametrize("flushes", ["NORMAL", "OFF"])
async def test_a_disk_that_forgets_is_noticed(tmp_path: Path, forgetful_disk: Path, flushes: str) -> None:
    """The same with SQLite told to flush less than we do: the end of the journal is lost, its beginning is whole."""
    with on_forgetful_disk(forgetful_disk, tmp_path, f"synchronous={flushes}") as workers:
        hall = Patient(workers.ports, HALL, workers.key, random.Random(11), keys=1.0)
        living = asyncio.create_task(hall.live(VISITORS, ENOUGH, COUNTERS))
        await until_acknowledged(hall, ACKNOWLEDGED)
        cut = await asyncio.to_thread(lose_power, workers, tmp_path, tmp_path / "cut")
        living.cancel()
    lost = {asked.key for asked in hall.asked} - read_keys(cut.copy)
    seqs = [row.seq for row in read_journal(cut.copy, HALL)]
    print(f"\nsynchronous={flushes}: {len(hall.asked)} acknowledged, {len(lost)} lost")
    assert integrity(cut.copy) == "ok"
    assert len(lost) >= ACKNOWLEDGED / 2
    assert seqs == list(range(1, len(seqs) + 1))


async def until_acknowledged(hall: Patient, enough: int) -> None:
    while len(hall.asked) < enough:
        await asyncio.sleep(0.01)
