"""The floor: reading a full day back from the journal, and building one frame of a long queue."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.busy_day import DAY, ENTRIES, OPENING, TICKETS, busy_day, busy_plan, waiting_floor
from loadtests.criteria import Result
from queue_service.database import migrate, open_database
from queue_service.domain.floors import Floor
from queue_service.floors import Floors
from queue_service.journal import Basis, Journal
from queue_service.records.branches import Branches
from queue_service.stream.frames import queue_payload, text_frame

WAITING = 1000
FRAMES = 50


def floor(rounds: int) -> list[Result]:
    with TemporaryDirectory() as folder:
        loads, parses = asyncio.run(loading(Path(folder) / "antrean.db", rounds))
    ratio = median(load / parse for load, parse in zip(loads, parses, strict=True))
    note = f"{TICKETS:,} tickets, {ENTRIES:,} entries; {rounds} times, slowest {max(loads) * 1000:.0f} ms"
    frame, size = building(rounds)
    return [
        Result("loading a floor", median(loads) * 1000, "ms", most=300, note=note),
        Result("÷ reading the same rows and parsing their JSON", ratio, note=f"{median(parses) * 1000:.0f} ms"),
        Result(f"building a frame of {WAITING:,} waiting", frame * 1000, "ms", most=1, note=f"{size:,} bytes"),
    ]


async def loading(file: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of the service's own way, and of the least that any way takes, in turn."""
    database = open_database(f"sqlite:///{file}")
    try:
        await migrate(database)
        branches, journal = Branches(database), Journal(database)
        await branches.set_up(busy_plan())
        await branches.refresh()
        full, entries = busy_day(branches.get("sibuk"))
        await journal.append(("sibuk", DAY), 0, entries, Basis(), entries[-1].at)
        loads, parses = [], []
        for _ in range(rounds):
            loads.append(await load(Floors(journal, branches), full))
            parses.append(parse(file))
    finally:
        await database.close()
    return loads, parses


async def load(floors: Floors, expected: Floor) -> float:
    start = time.perf_counter()
    found = await floors.get(("sibuk", DAY))
    seconds = time.perf_counter() - start
    assert found == expected, "the floor read back is not the one that was written"
    return seconds


def parse(database: Path) -> float:
    connection = sqlite3.connect(database)
    start = time.perf_counter()
    rows = connection.execute("SELECT seq, at_ms, by, kind, fields FROM entries ORDER BY seq").fetchall()
    fields = [json.loads(row[4]) for row in rows]
    seconds = time.perf_counter() - start
    connection.close()
    assert len(fields) == ENTRIES
    return seconds


def building(rounds: int) -> tuple[float, int]:
    """Seconds a frame, and its size. The queue is as hard to write down as such a queue can be: many short runs."""
    branch = busy_plan().branches[0].branch()
    crowded = waiting_floor(branch, WAITING)
    queue = branch.queues[next(iter(branch.queues))].id
    assert len(crowded.line(queue)) == WAITING
    times: list[float] = []
    size = 0
    for _ in range(rounds * FRAMES):
        start = time.perf_counter()
        size = len(text_frame(queue_payload(crowded, queue, (), OPENING)))
        times.append(time.perf_counter() - start)
    return median(times), size
