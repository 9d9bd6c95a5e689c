"""Processes that share a shelf: whichever is asked, the answer tells of all, also of those that are no more."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.redis import Redis
from tests.servers import Server, free_port
from tests.service.callers import Caller
from tests.service.meters import metrics, samples
from tests.service.plans import a_branch, write_setup
from tests.service.wires import Wire

TOLD_SECONDS = 30  # each lays its counts down every second; the rest is for a busy machine


@dataclass
class Pair:
    servers: tuple[Server, Server]
    shelf: Path

    def tells(self, name: str) -> list[float]:
        """What each of the two says of both."""
        return [metrics(server.port)[f"antrean_{name}"] for server in self.servers]

    async def until(self, name: str, value: float) -> None:
        async with asyncio.timeout(TOLD_SECONDS):
            while self.tells(name) != [value, value]:
                await asyncio.sleep(0.1)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with a_pair(tmp_path, {}) as running:
        yield running


@contextmanager
def a_pair(tmp_path: Path, more: Mapping[str, str]) -> Iterator[Pair]:
    setup, data, shelf = (
        write_setup(tmp_path / "setup.yaml", [a_branch("balai")]),
        tmp_path / "data",
        tmp_path / "shelf",
    )
    data.mkdir()
    env = {"ANTREAN_METERS_DIR": str(shelf), **more}
    with Server(data, setup=setup, extra_env=env) as first, Server(data, setup=None, extra_env=env) as second:
        yield Pair((first, second), shelf)


async def issue(server: Server, times: int) -> None:
    async with Caller(server.port) as visitor:
        for _ in range(times):
            assert (await visitor.post("/branches/balai/tickets", {"queue": "umum"})).status == 201


async def test_one_scrape_tells_of_all_workers(pair: Pair) -> None:
    first, second = pair.servers
    await issue(first, 2)
    await issue(second, 3)
    with Wire(first.port).open("branch=balai"), Wire(second.port).open("branch=balai"):
        await pair.until("connections", 2)
        await pair.until("entries_appended_total", 5)
        assert pair.tells("workers") == [2, 2]
        by_worker = {
            sample.labels["worker"]: sample.value
            for sample in samples(first.port)
            if sample.name == "antrean_worker_connections"
        }
    assert by_worker == {str(server.process.pid): 1 for server in pair.servers}
    issued = {
        sample.labels["method"]: sample.value
        for sample in samples(second.port)
        if sample.name == "antrean_http_request_seconds_count" and sample.labels["route"].endswith("/tickets")
    }
    assert issued == {"POST": 5}


async def test_totals_neither_fall_nor_rise_when_a_worker_is_killed_and_begins_again(pair: Pair) -> None:
    first, second = pair.servers
    wire = Wire(second.port).open("branch=balai")
    await issue(first, 2)
    await issue(second, 3)
    await pair.until("entries_appended_total", 5)
    told = []
    for round_ in range(3):
        second.kill()
        dead = metrics(first.port)
        told.append((dead["antrean_entries_appended_total"], dead["antrean_connections"], dead["antrean_workers"]))
        second.start()
        await pair.until("entries_appended_total", 5 + round_)
        await pair.until("workers", 2)
        await issue(second, 1)
        await pair.until("entries_appended_total", 6 + round_)
    wire.close()
    assert told == [(5, 0, 1), (6, 0, 1), (7, 0, 1)]
    assert len(list(pair.shelf.glob("*.json"))) == 2


async def test_workers_of_one_server_share_a_shelf_by_themselves(tmp_path: Path) -> None:
    setup, data, temporary = (
        write_setup(tmp_path / "setup.yaml", [a_branch("balai")]),
        tmp_path / "data",
        tmp_path / "t",
    )
    data.mkdir()
    temporary.mkdir()
    with Server(data, setup=setup, extra_env={"TMPDIR": str(temporary)}, workers=2) as server:
        told = [await until_tells(server, workers=2, entries=0)]
        await issue(server, 5)
        told.append(await until_tells(server, workers=2, entries=5))
        os.kill(min(told[-1]), signal.SIGKILL)
        async with asyncio.timeout(TOLD_SECONDS):
            while (now := await until_tells(server, workers=2, entries=5)) == told[-1]:
                await asyncio.sleep(0.1)
        assert len(now & told[-1]) == 1
        assert len(list(temporary.glob("antrean-meters-*/*.json"))) == 2
    assert list(temporary.glob("antrean-meters-*")) == []


async def until_tells(server: Server, workers: int, entries: int) -> set[int]:
    """The workers' process ids, once a scrape tells of so many, and of these entries; it never tells of more."""
    async with asyncio.timeout(TOLD_SECONDS):
        while True:
            told = samples(server.port)
            values = {sample.name: sample.value for sample in told if not sample.labels}
            assert values["antrean_entries_appended_total"] <= entries
            if (values["antrean_workers"], values["antrean_entries_appended_total"]) == (workers, entries):
                return {int(one.labels["worker"]) for one in told if one.name == "antrean_worker_connections"}
            await asyncio.sleep(0.1)


async def test_a_worker_that_ends_as_it_should_has_told_everything(pair: Pair) -> None:
    first, second = pair.servers
    await issue(second, 3)
    assert second.stop() == 0
    assert metrics(first.port)["antrean_entries_appended_total"] == 3


async def test_nudges_are_counted(tmp_path: Path, redis: Redis) -> None:
    with a_pair(tmp_path, {"ANTREAN_REDIS_URL": redis.address}) as pair:
        await pair.until("nudges_deaf", 0)
        first, second = pair.servers
        with Wire(second.port).open("branch=balai"):  # so that the second wants to hear of it, a moment from now
            async with asyncio.timeout(TOLD_SECONDS):
                while max(pair.tells("nudges_received_total")) == 0:
                    await issue(first, 1)
                    await asyncio.sleep(0.2)
        told = metrics(second.port)
    assert told["antrean_nudges_sent_total"] >= told["antrean_nudges_received_total"] >= 1


async def test_what_no_nudge_told_is_counted_as_healed(pair: Pair) -> None:
    first, second = pair.servers
    with Wire(second.port).open("branch=balai"):
        await issue(first, 1)
        await pair.until("nudge_gaps_healed_total", 1)
    assert pair.tells("nudges_deaf") == [0, 0]
    assert pair.tells("nudges_received_total") == [0, 0]


async def test_a_worker_that_cannot_reach_redis_is_counted_as_deaf(tmp_path: Path) -> None:
    with a_pair(tmp_path, {"ANTREAN_REDIS_URL": f"redis://127.0.0.1:{free_port()}"}) as pair:
        await pair.until("nudges_deaf", 2)
