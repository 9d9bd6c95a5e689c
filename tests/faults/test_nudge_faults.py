"""Redis is killed, paused, flushed, replaced, or loses messages: tickets are issued, and no phone stays wrong."""

import asyncio
import http.client
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest

from tests.faults.offices import Workers, running_workers
from tests.faults.proxy import Proxy
from tests.faults.rows import Count, Report
from tests.postgres import Postgres
from tests.redis import Redis, running_redis
from tests.service.callers import Answer, Caller
from tests.service.journals import InPostgres
from tests.service.meters import metrics
from tests.service.phones import Phone, compare
from tests.service.plans import a_branch

BRANCHES = 20
WORKERS = 2
STRETCH = 20  # numbers that are taken at one worker before others are at the next
NOWHERE = 9  # a port where nobody listens
PATIENCE = 60.0
LATE_SECONDS = 0.5  # after an answer: what a phone learns later was found by looking, not by a nudge


@dataclass
class Scene:
    """Workers on one database, each with a Redis behind a network of its own, and phones at each of them."""

    workers: Workers
    branch: str
    redis: Redis
    networks: list[Proxy]
    phones: list[Phone]
    callers: list[Caller]
    answers: list[Answer] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)  # from an answer to each phone; infinite where it never came
    _shown: list[asyncio.Task[None]] = field(default_factory=list)

    async def change(self, times: int = 1) -> None:
        """A number is taken; whoever watches is to see it. The other worker learns of it by a nudge, or by looking."""
        for _ in range(times):
            caller = self.callers[len(self.answers) // STRETCH % WORKERS]
            self.answers.append(await caller.post(f"/branches/{self.branch}/tickets", {"queue": "umum"}))
            told = asyncio.get_running_loop().time()
            self._shown += [asyncio.create_task(self._note(phone, len(self.answers), told)) for phone in self.phones]

    async def _note(self, phone: Phone, seq: int, told: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await phone.until_shown("umum", seq)
            self.delays.append(asyncio.get_running_loop().time() - told)
        except TimeoutError:
            self.delays.append(float("inf"))

    async def change_for(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while loop.time() < deadline:
            await self.change()
            await asyncio.sleep(0.02)

    async def until_shown(self) -> None:
        await asyncio.gather(*self._shown)

    async def until_hearing(self) -> None:
        """All workers say so, and Redis knows of them all."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self.hearing) != ["good"] * WORKERS:
                await asyncio.sleep(0.05)

    def hearing(self) -> list[str]:
        return [nudges_of(port) for port in self.workers.ports]

    def listeners(self, redis: Redis) -> int:
        """How many are subscribed to the branch; an empty word is passed over by them."""
        return int(redis.ask("PUBLISH", self.channel, ""))

    @property
    def channel(self) -> str:
        return f"antrean:nudges:{self.branch}"


def nudges_of(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/readyz", headers={"Connection": "close"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, told  # without Redis a worker is a second late, and ready
    return str(told["nudges"])


@dataclass(frozen=True)
class Pair:
    """Two workers for all tests here; each test has a Redis and a branch of its own."""

    workers: Workers
    networks: list[Proxy]
    branches: Iterator[str]


@pytest.fixture(scope="module")
def pair(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    store = InPostgres(postgres, postgres.new_database())
    branches = [f"cabang-{n}" for n in range(BRANCHES)]
    with ExitStack() as stack:
        networks = [stack.enter_context(Proxy(NOWHERE, messages=True)) for _ in range(WORKERS)]
        workers = stack.enter_context(
            running_workers(
                tmp_path_factory.mktemp("nudges"),
                [a_branch(branch) for branch in branches],
                database=store.address,
                store=store,
                count=WORKERS,
                environments=[{"ANTREAN_REDIS_URL": f"redis://127.0.0.1:{network.port}"} for network in networks],
            )
        )
        yield Pair(workers, networks, iter(branches))


@asynccontextmanager
async def a_scene(pair: Pair, redis: Redis) -> AsyncIterator[Scene]:
    branch = next(pair.branches)
    for network in pair.networks:
        network.target = redis.port
        network.reset()
    phones = [Phone(port, f"branch={branch}&queue=umum") for port in pair.workers.ports for _ in range(2)]
    watching = [asyncio.create_task(phone.watch()) for phone in phones]
    scene = Scene(pair.workers, branch, redis, pair.networks, phones, [Caller(port) for port in pair.workers.ports])
    for phone in phones:
        await phone.until_shown("umum", 0)
    await scene.until_hearing()
    await scene.change(10)
    yield scene
    for task in watching:
        task.cancel()
    for caller in scene.callers:
        await caller.hang_up()


async def settle(scene: Scene, report: Report, row: str, what: str, redis: Redis) -> None:
    """No deaf worker is left, every phone shows the truth, and all that was acknowledged is in the journal."""
    await scene.until_hearing()
    await scene.change(10)
    await scene.until_shown()
    compared = await compare(scene.phones, scene.branch)
    labels = [answer.json["label"] for answer in scene.answers if answer.status == 201]
    written = [row.fields["label"] for row in scene.workers.journal(scene.branch)]
    never = scene.delays.count(float("inf"))
    late = sum(delay > LATE_SECONDS for delay in scene.delays)
    assert scene.listeners(redis) == WORKERS
    assert compared == len(scene.phones)
    assert {answer.status for answer in scene.answers} == {201}
    report(
        row,
        f"{what}; {len(labels)} issued meanwhile, the slowest of {len(scene.delays)} frames {max(scene.delays):.2f} s",
        Count(
            lost=len(set(labels) - set(written)) + never,
            duplicated=len(labels) - len(set(labels)),
            unexpected=len(set(written) - set(labels)),
            recovered=late,
        ),
        [fault for phone in scene.phones for fault in phone.faults],
    )


async def until_deaf(scene: Scene) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(scene.hearing) != ["deaf"] * WORKERS:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.faults)])
async def test_redis_is_killed(pair: Pair, report: Report, times: int) -> None:
    with running_redis() as redis:
        async with a_scene(pair, redis) as scene:
            for _ in range(times):
                await asyncio.to_thread(redis.kill)
                changing = asyncio.create_task(scene.change_for(2.0))
                await until_deaf(scene)
                await changing
                await asyncio.to_thread(redis.start)
                await scene.change_for(1.0)
                await scene.until_hearing()
            await settle(scene, report, "R12", f"killed and started {times} times", redis)


async def test_redis_is_flushed(pair: Pair, report: Report) -> None:
    with running_redis() as redis:
        async with a_scene(pair, redis) as scene:
            for command in (("FLUSHALL",), ("SCRIPT", "FLUSH"), ("FLUSHALL", "ASYNC")):
                assert redis.ask(*command) == "OK"
                await scene.change_for(0.5)
            await settle(scene, report, "R12", "flushed", redis)


@pytest.mark.parametrize("seconds", [5.0, pytest.param(30.0, marks=pytest.mark.faults)])
async def test_redis_is_paused(pair: Pair, report: Report, seconds: float) -> None:
    with running_redis() as redis:
        async with a_scene(pair, redis) as scene:
            redis.pause()
            changing = asyncio.create_task(scene.change_for(seconds))
            await until_deaf(scene)
            await changing
            redis.resume()
            await scene.change_for(1.0)
            await settle(scene, report, "R13", f"paused for {seconds:.0f} s", redis)


async def test_redis_fails_over_while_one_worker_still_holds_the_old_one(pair: Pair, report: Report) -> None:
    """For a while each worker hears itself and not the other: they look, and no phone goes back."""
    with running_redis() as old, running_redis("--replicaof", "127.0.0.1", str(old.port)) as new:
        async with a_scene(pair, old) as scene:
            with Proxy(old.port) as partition:  # what the replica does not hear of any more
                assert new.ask("REPLICAOF", "127.0.0.1", str(partition.port)) == "OK"
                partition.stop()
                await scene.change_for(0.5)
                assert new.ask("REPLICAOF", "NO", "ONE") == "OK"
                scene.networks[1].target = new.port
                scene.networks[1].reset()
                await scene.until_hearing()
                await scene.change_for(3.0)
                assert (scene.listeners(old), scene.listeners(new)) == (1, 1)
                await asyncio.to_thread(old.kill)
                scene.networks[0].target = new.port
                scene.networks[0].reset()
                await scene.change_for(1.0)
            await settle(scene, report, "R14", "failed over, one worker 3 s after the other", new)


async def test_redis_throws_its_subscribers_out(pair: Pair, report: Report) -> None:
    """One after another is thrown out, and then one whose network takes nothing while a great deal is said."""
    with running_redis("--client-output-buffer-limit", "pubsub 64kb 64kb 0") as redis:
        async with a_scene(pair, redis) as scene:
            for _ in range(3):
                assert int(redis.ask("CLIENT", "KILL", "TYPE", "pubsub")) == WORKERS
                await scene.change_for(0.5)
                await scene.until_hearing()
            scene.networks[1].down.is_stopped = True
            for _ in range(100):
                redis.ask("PUBLISH", scene.channel, "words " * 5000)
            assert "client_output_buffer_limit_disconnections:0" not in redis.ask_for_text("INFO", "stats")
            await scene.change_for(1.0)
            scene.networks[1].down.is_stopped = False
            await scene.change_for(1.0)
            await settle(scene, report, "R15", "subscribers thrown out 7 times", redis)


@pytest.mark.parametrize("policy", ["noeviction", pytest.param("allkeys-lru", marks=pytest.mark.faults)])
async def test_redis_has_no_memory_left(pair: Pair, report: Report, policy: str) -> None:
    with running_redis("--maxmemory-policy", policy) as redis:
        async with a_scene(pair, redis) as scene:
            assert redis.ask("CONFIG", "SET", "maxmemory", "1") == "OK"
            await scene.change_for(2.0)
            assert redis.ask("CONFIG", "SET", "maxmemory", "0") == "OK"
            await settle(scene, report, "R16", f"no memory left for 2 s, {policy}", redis)


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.2, 3.0), pytest.param(0.01, 60.0, marks=pytest.mark.faults)], ids=["fifth", "hundredth"]
)
async def test_messages_of_redis_are_lost_in_silence(pair: Pair, report: Report, share: float, seconds: float) -> None:
    with running_redis() as redis:
        async with a_scene(pair, redis) as scene:
            for network in scene.networks:
                network.down.drops = share
            await scene.change_for(seconds)
            dropped = sum(network.down.dropped for network in scene.networks)
            for network in scene.networks:
                network.down.drops = 0.0
            assert dropped > 0
            healed = [metrics(port) for port in scene.workers.ports]
            assert all(numbers["antrean_entries_appended_total"] > 0 for numbers in healed)
            await settle(scene, report, "R17", f"{dropped} messages lost, {share:.0%} of all", redis)
