"""`python -m loadtests.sharing`: how evenly phones come to lie on workers, by the way in which these share their port.

One socket at which all of them listen, or a socket for each with SO_REUSEPORT, as `antrean serve --workers` does it.
The workers are the real ones; this tool takes the place of their parent, so that the service needs no setting for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from loadtests.fanout import QUEUE_PATH
from loadtests.machine import described, load
from loadtests.phones import Phones
from loadtests.processes import cpu_seconds, open_sockets
from loadtests.server import environment_of, run_command
from loadtests.setup_file import BranchPlan, write_setup_file
from queue_service.listening import listening_socket
from queue_service.workers import Worker

HOST = "127.0.0.1"
BRANCH = BranchPlan("ramai", counters=1)
PACES = {"500 a second": 500, "all at once": 1_000_000}

Sharing = Callable[[int], list[socket.socket]]


def one_for_all(count: int) -> list[socket.socket]:
    return [listening_socket(HOST, 0)] * count


def one_for_each(count: int) -> list[socket.socket]:
    first = listening_socket(HOST, 0, is_shared=True)
    port = first.getsockname()[1]
    return [first, *(listening_socket(HOST, port, is_shared=True) for _ in range(count - 1))]


WAYS: dict[str, Sharing] = {"one socket for all": one_for_all, "one for each": one_for_each}


@dataclass(frozen=True)
class Spread:
    phones: tuple[int, ...]  # at each worker, fewest first
    seconds: float  # until the last was let in
    cpu: float  # of all workers

    @property
    def fullest(self) -> float:
        """The fullest worker's phones ÷ an even share of them."""
        return self.phones[-1] * len(self.phones) / sum(self.phones)


@asynccontextmanager
async def workers_at(sockets: list[socket.socket]) -> AsyncIterator[list[int]]:
    """Their process ids."""
    workers = []
    try:
        for number, sock in enumerate(sockets, 1):  # the first creates the database
            workers.append(Worker(number, sock))
            if not await workers[-1].comes_up():
                raise SystemExit(f"{workers[-1]} ended with status {workers[-1].status}.")
        yield [worker.pid for worker in workers]
    finally:
        for worker in workers:
            worker.end()
            worker.end()  # at once
        await asyncio.gather(*(worker.until_ended() for worker in workers))


async def spread(way: Sharing, count: int, phones: int, rate: int, folder: Path) -> Spread:
    sockets = way(count)
    async with workers_at(sockets) as pids:
        await asyncio.sleep(1)
        empty, cpu = [open_sockets(pid) for pid in pids], sum(map(cpu_seconds, pids))
        port = sockets[0].getsockname()[1]
        with Phones(port, phones, [QUEUE_PATH], folder, rate=rate) as held:
            full, spent = [open_sockets(pid) for pid in pids], sum(map(cpu_seconds, pids)) - cpu
            seconds = held.seconds
    for sock in set(sockets):
        sock.close()
    return Spread(tuple(sorted(f - e for f, e in zip(full, empty, strict=True))), seconds, spent)


async def compare(folder: Path, counts: list[int], phones: int, rounds: int) -> None:
    print("| workers | phones come | the port is shared by | phones at each worker | fullest ÷ even | CPU a phone |")
    print("|---|---|---|---|---|---|")
    for count in counts:
        for pace, rate in PACES.items():
            for _ in range(rounds):
                for name, way in WAYS.items():
                    found = await spread(way, count, phones, rate, folder)
                    each = " · ".join(f"{n:,}" for n in found.phones)
                    micros = found.cpu * 1e6 / phones
                    row = (
                        count,
                        f"{pace}, {found.seconds:.1f} s",
                        name,
                        each,
                        f"{found.fullest:.2f}",
                        f"{micros:.0f} µs",
                    )
                    print("| " + " | ".join(map(str, row)) + " |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.sharing", description=__doc__)
    parser.add_argument("--workers", type=int, action="append", help="how many (default: 2, then 4)")
    parser.add_argument("--phones", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        environment = environment_of(folder)
        os.environ.update(environment)
        write_setup_file(folder / "setup.yaml", [BRANCH])
        run_command(environment, "setup", str(folder / "setup.yaml"))
        print(f"{described()} · {load()} before\n", flush=True)
        asyncio.run(compare(folder, given.workers or [2, 4], given.phones, given.rounds))
        print(f"\n{load()} afterwards")
    return 0


if __name__ == "__main__":
    sys.exit(main())
