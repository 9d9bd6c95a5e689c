"""Nudges through a real Redis, plain and as a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path

import pytest

from queue_service.app import open_house
from queue_service.journal.appends import Place
from queue_service.nudges import Hearing, Nudges
from queue_service.settings import Settings
from tests.redis import Redis, running_cluster, running_redis

TODAY = date(2026, 11, 23)
PATIENCE = 30  # seconds


class Worker:
    def __init__(self, address: str | None) -> None:
        self.heard: list[tuple[Place, int]] = []
        self.nudges = Nudges(address, lambda place, seq: self.heard.append((place, seq)))


@asynccontextmanager
async def workers(address: str | None, count: int = 2) -> AsyncIterator[list[Worker]]:
    started = [Worker(address) for _ in range(count)]
    async with AsyncExitStack() as stack:
        for worker in started:
            await stack.enter_async_context(worker.nudges.alive())
        yield started


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not is_so():
            await asyncio.sleep(0.02)


async def until_hearing(*listening: Worker) -> None:
    await until(lambda: all(worker.nudges.hearing is Hearing.GOOD for worker in listening))


async def until_told(speaker: Worker, listener: Worker, branch: str) -> None:
    """Says it again until it is heard: one that is said before the other listens is lost, as it may be."""
    listener.heard.clear()
    async with asyncio.timeout(PATIENCE):
        while ((branch, TODAY), 7) not in listener.heard:
            speaker.nudges.tell((branch, TODAY), 7)
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module", params=["plain", "cluster"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "plain":
        yield request.getfixturevalue("redis").address
    else:
        with running_cluster(servers=3) as servers:
            yield servers[0].address


async def test_what_one_worker_tells_the_others_hear_and_it_does_not(address: str) -> None:
    async with workers(address, 3) as (speaker, *listeners):
        for worker in (speaker, *listeners):
            worker.nudges.follow("rsud")
        await until_hearing(speaker, *listeners)
        for listener in listeners:
            await until_told(speaker, listener, "rsud")
        assert speaker.heard == []


async def test_only_branches_that_are_followed_are_heard_of(address: str) -> None:
    branches = [f"cabang-{n}" for n in range(20)]  # in a cluster they live on different servers
    async with workers(address) as (speaker, listener):
        for branch in branches[::2]:
            listener.nudges.follow(branch)
        await until_hearing(speaker, listener)
        for branch in branches[::2]:
            await until_told(speaker, listener, branch)
        listener.heard.clear()
        for branch in branches:
            speaker.nudges.tell((branch, TODAY), 9)
        await until(lambda: len(listener.heard) >= 10)
        assert {place[0] for place, _ in listener.heard} == set(branches[::2])


async def test_many_changes_of_one_branch_become_few_nudges_and_the_last_is_among_them(address: str) -> None:
    async with workers(address) as (speaker, listener):
        listener.nudges.follow("ramai")
        await until_hearing(speaker, listener)
        await until_told(speaker, listener, "ramai")
        sent = speaker.nudges.counts.sent
        for seq in range(100, 1100):
            speaker.nudges.tell(("ramai", TODAY), seq)
        await until(lambda: (("ramai", TODAY), 1099) in listener.heard)
        assert speaker.nudges.counts.sent - sent < 10


async def test_without_a_redis_nothing_is_said_and_nothing_awaited() -> None:
    nudges = Nudges(None, lambda place, seq: None)
    async with nudges.alive():
        nudges.tell(("rsud", TODAY), 1)
        assert nudges.hearing is Hearing.OFF


async def test_it_ends_whenever_it_is_told_to(address: str) -> None:
    """Also while it is only beginning: connections that are cut off as they are made fail in many ways."""
    async with asyncio.timeout(PATIENCE):
        for n in range(60):
            async with workers(address, 1):
                await asyncio.sleep(n * 0.0005)


async def test_a_redis_that_is_killed_is_noticed_and_found_again() -> None:
    with running_redis() as redis:
        async with workers(redis.address) as (speaker, listener):
            listener.nudges.follow("rsud")
            await until_hearing(speaker, listener)
            await asyncio.to_thread(redis.kill)
            await until(lambda: listener.nudges.hearing is Hearing.DEAF)
            await asyncio.to_thread(redis.start)
            await until_hearing(speaker, listener)
            await until_told(speaker, listener, "rsud")


async def test_a_redis_that_keeps_silent_is_noticed_and_found_again() -> None:
    """Paused: its connections stay open, and nothing says that they are dead."""
    with running_redis() as redis:
        async with workers(redis.address) as (speaker, listener):
            listener.nudges.follow("rsud")
            await until_hearing(speaker, listener)
            redis.pause()
            await until(lambda: {w.nudges.hearing for w in (speaker, listener)} == {Hearing.DEAF})
            redis.resume()
            await until_hearing(speaker, listener)
            await until_told(speaker, listener, "rsud")


async def test_a_worker_whose_subscription_is_cut_listens_again(redis: Redis) -> None:
    async with workers(redis.address) as (speaker, listener):
        listener.nudges.follow("rsud")
        await until_hearing(speaker, listener)
        sessions = listener.nudges.counts.sessions
        redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: listener.nudges.counts.sessions > sessions)
        await until_hearing(speaker, listener)
        await until_told(speaker, listener, "rsud")


async def test_a_house_can_be_closed_at_any_moment(redis: Redis, tmp_path: Path) -> None:
    """A command that is done while its nudges still connect must end all the same."""
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}", redis_url=redis.address)
    for n in range(60):
        async with asyncio.timeout(PATIENCE), open_house(settings):
            await asyncio.sleep(n % 20 / 1000)


async def test_what_strangers_say_is_passed_over(redis: Redis) -> None:
    async with workers(redis.address) as (speaker, listener):
        listener.nudges.follow("rsud")
        await until_hearing(listener)
        await until_told(speaker, listener, "rsud")
        for words in ("hello", "x 2026-11-23 seven rsud", "x 2026-99-99 7 rsud", "\x00"):
            redis.ask("PUBLISH", "antrean:nudges:rsud", words)
        await until_told(speaker, listener, "rsud")
        assert {seq for _, seq in listener.heard} == {7}
        assert listener.nudges.hearing is Hearing.GOOD
