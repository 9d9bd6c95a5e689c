"""One device's requests are counted by all processes together, and by each for itself while Redis is away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from queue_service.web.limits import NUMBERS
from tests.redis import Redis, running_redis
from tests.servers import Server
from tests.service.callers import Caller
from tests.service.plans import a_branch, write_setup

OVER = 15  # more than are let through


@pytest.fixture
def redis() -> Iterator[Redis]:
    with running_redis() as server:
        yield server


@pytest.fixture
def servers(redis: Redis, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    setup = write_setup(tmp_path / "setup.yaml", [a_branch("balai")])
    env = {"ANTREAN_REDIS_URL": redis.address, "ANTREAN_RATE_LIMITS": "on"}
    data = tmp_path / "data"
    data.mkdir()
    with Server(data, setup=setup, extra_env=env) as first, Server(data, setup=None, extra_env=env) as second:
        yield first, second


async def ask(servers: tuple[Server, ...], times: int) -> Counter[int]:
    """By turns; how often each status was answered."""
    told: Counter[int] = Counter()
    for n in range(times):
        async with Caller(servers[n % len(servers)].port) as caller:
            told[(await caller.post("/branches/balai/tickets", {"queue": "umum"})).status] += 1
    return told


async def test_two_processes_count_together(servers: tuple[Server, Server]) -> None:
    told = await ask(servers, NUMBERS.amount + OVER)
    assert told.keys() == {201, 429}
    # The window slides on while this runs, and lets a few more in.
    assert NUMBERS.amount <= told[201] < NUMBERS.amount + OVER


async def test_while_redis_is_away_each_counts_for_itself(servers: tuple[Server, Server], redis: Redis) -> None:
    assert (await ask(servers, 10))[201] == 10
    redis.kill()
    assert await ask(servers, 20) == {201: 20}
    told = await ask(servers[:1], NUMBERS.amount + OVER)
    assert told[429] > 0  # nobody is let through for ever
    log = servers[0].log.read_text()  # of both
    assert log.count("counts requests for itself") == len(servers)
    redis.start()
