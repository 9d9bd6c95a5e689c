"""The fan-out over two workers on PostgreSQL and Redis, against one worker there, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.criteria import Result
from loadtests.fanout import BRANCH, CALLS, QUEUE_PATH, Window, prepare, restock, service_window
from loadtests.phones import Phones
from loadtests.server import Server, running_server
from tests.postgres import Postgres, running_postgres
from tests.redis import running_redis


@dataclass(frozen=True)
class Side:
    """Servers with their phones."""

    server: Server
    phones: Phones

    def window(self) -> Window:
        window = service_window(self.server, self.phones)
        restock(self.server)
        return window


def spread(count: int, rounds: int) -> list[Result]:
    with running_postgres() as postgres, running_redis() as redis, ExitStack() as stack:
        one, two = (stack.enter_context(side(postgres, redis.address, workers, count)) for workers in (1, 2))
        pairs = [(one.window(), two.window()) for _ in range(rounds)]
    ours = [window for _, window in pairs]
    fewest = min(window.record.frames for window in ours)
    note = f"{fewest:,} of {count * CALLS:,} in the worst window"
    p99, alone = (median(window.record.p99_ms for window in side) for side in (ours, [one for one, _ in pairs]))
    return [
        Result("two workers, p99 from commit to phone", p99, "ms", most=250, note=f"one worker {alone:.1f} ms"),
        Result(
            "CPU a frame, two workers ÷ one",
            median(two.micros / one.micros for one, two in pairs),
            most=1.1,
            note=f"{median(two.micros for two in ours):.2f} µs",
        ),
        Result("frames delivered by two workers", fewest / (count * CALLS), least=1, note=note),
        Result(
            "windows after which a phone was not at the newest state", sum(not two.is_current for two in ours), most=0
        ),
        Result("connections lost", sum(two.record.lost for two in ours), most=0),
        Result("frames older than the one before", sum(two.record.older for two in ours), most=0),
    ]


@contextmanager
def side(postgres: Postgres, redis: str, workers: int, count: int) -> Iterator[Side]:
    settings = {"ANTREAN_DATABASE_URL": postgres.address(postgres.new_database()), "ANTREAN_REDIS_URL": redis}
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH, settings, workers) as server:
        prepare(server)
        with Phones(server.port, count, [QUEUE_PATH], Path(name)) as phones:
            yield Side(server, phones)
