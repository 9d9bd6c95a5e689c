"""The fan-out: one queue, thousands of phones, ten calls a second; against a bare loop in C, window by window."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.broadcast import PATH, Broadcast
from loadtests.criteria import Result
from loadtests.phones import Phones, Record
from loadtests.processes import Memory, cpu_seconds, memory_of
from loadtests.server import Server, running_server
from loadtests.setup_file import QUEUE, BranchPlan

WAITING, CALLS, INTERVAL = 60, 50, 0.1
SETTLING = 1.5  # seconds after which nothing is on its way any more
FULL_HOUSE = 10_000  # phones from which on a queue may skip frames: the newest must come, not every one
BRANCH = BranchPlan("ramai", counters=CALLS)
QUEUE_PATH = f"/stream?branch={BRANCH.id}&queue={QUEUE}"


@dataclass(frozen=True)
class Window:
    """Fifty changes: what they cost the sender, and what the phones saw of them."""

    cpu: float
    record: Record
    is_current: bool = True  # every phone ended with the state that HTTP gives

    @property
    def micros(self) -> float:
        """Of the sender's CPU, a frame."""
        return self.cpu * 1e6 / max(self.record.frames, 1)


@dataclass(frozen=True)
class Entrance:
    """What it took to let the phones in, first frame included, and to keep them."""

    cpu: float
    before: Memory
    after: Memory


@dataclass(frozen=True)
class Pair:
    """Two windows of the same run, one right after the other."""

    service: Window
    baseline: Window

    @property
    def ratio(self) -> float:
        return self.service.micros / self.baseline.micros


def fanout(count: int, rounds: int) -> list[Result]:
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH) as server:
        prepare(server)
        silent = silent_cpu(server)
        restock(server)
        entrance, phones = let_in(server, count, Path(name), [QUEUE_PATH])
        with phones, Broadcast(count) as broadcast, Phones(broadcast.port, count, [PATH], Path(name)) as others:
            pairs = []
            for _ in range(rounds):
                service = service_window(server, phones)
                pairs.append(Pair(service, baseline_window(broadcast, others, service.record)))
                restock(server)
    return results(count, pairs, entrance, silent)


def holders(count: int) -> list[Result]:
    """The same with every tenth phone holding a ticket of its own."""
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH) as server:
        tokens = prepare(server)
        paths = [f"/stream?ticket={tokens[n // 10]}" if n % 10 == 0 else QUEUE_PATH for n in range(10 * WAITING)]
        entrance, phones = let_in(server, count, Path(name), paths)
        with phones:
            window = service_window(server, phones)
    return [
        Result("server CPU a frame", window.micros, "µs"),
        Result("frames delivered", window.record.frames / (count * CALLS), least=1),
        Result("frames with a ticket's own state", window.record.tickets),
        Result("p99 from commit to phone", window.record.p99_ms, "ms", most=100),
        Result("handshake with first frames", entrance.cpu * 1e6 / count, "µs", most=250),
    ]


def prepare(server: Server) -> list[str]:
    for counter in range(1, CALLS + 1):
        server.at_counter(counter, "open")
    return server.issue(WAITING)


def restock(server: Server) -> None:
    """As it was before the window: all counters free, sixty waiting."""
    for counter in range(1, CALLS + 1):
        server.at_counter(counter, "complete")
    server.issue(CALLS)
    time.sleep(SETTLING)


def paced(times: int) -> Iterator[int]:
    """Keeps to the clock: one late step does not delay those after it."""
    start = time.monotonic()
    for n in range(times):
        time.sleep(max(0.0, start + n * INTERVAL - time.monotonic()))
        yield n


def call(server: Server) -> float:
    """Fifty calls at ten a second; the CPU that the server took until all was quiet again."""
    cpu = server.cpu_seconds()
    for n in paced(CALLS):
        server.at_counter(n + 1, "call-next")
    time.sleep(SETTLING)
    return server.cpu_seconds() - cpu


def silent_cpu(server: Server) -> float:
    """The same calls while nobody watches."""
    return call(server)


def let_in(server: Server, count: int, folder: Path, paths: Sequence[str]) -> tuple[Entrance, Phones]:
    before, cpu = memory_of(server.pid), cpu_seconds(server.pid)
    phones = Phones(server.port, count, paths, folder)
    cpu = cpu_seconds(server.pid) - cpu
    time.sleep(SETTLING)
    return Entrance(cpu, before, memory_of(server.pid)), phones


def service_window(server: Server, phones: Phones) -> Window:
    phones.begin()
    cpu = call(server)
    record = phones.report()
    seq = server.snapshot()["seq"]
    return Window(cpu, record, record.newest == seq and record.at_newest == record.live)


def baseline_window(broadcast: Broadcast, phones: Phones, like: Record) -> Window:
    """Frames of the same sizes as those that the service has just sent."""
    sizes = [change.size for change in like.changes] or [500]
    phones.begin()
    cpu = cpu_seconds(broadcast.pid)
    for n in paced(CALLS):
        broadcast.send(sizes[n % len(sizes)])
    time.sleep(SETTLING)
    return Window(cpu_seconds(broadcast.pid) - cpu, phones.report())


def results(count: int, pairs: Sequence[Pair], entrance: Entrance, silent: float) -> list[Result]:
    services = [pair.service for pair in pairs]
    net = median((window.cpu - silent) * 1e6 / max(window.record.frames, 1) for window in services)
    sizes = [change.size for window in services for change in window.record.changes]
    note = f"{len(pairs)} pairs of windows; frames of {min(sizes)} to {max(sizes)} bytes"
    return [
        Result("server CPU a frame ÷ bare C loop", median(pair.ratio for pair in pairs), most=1.5, note=note),
        Result("server CPU a frame", median(w.micros for w in services), "µs", note=f"{net:.2f} without the calls"),
        Result("bare C loop, CPU a frame", median(pair.baseline.micros for pair in pairs), "µs"),
        *memory_results(count, entrance),
        *delivery_results(count, services),
        *latency_results(count, pairs),
        Result("handshake with first frame, CPU", entrance.cpu * 1e6 / count, "µs", most=250),
    ]


def memory_results(count: int, entrance: Entrance) -> list[Result]:
    rss = (entrance.after.rss_kib - entrance.before.rss_kib) * 1.024 / count
    pss = (entrance.after.pss_kib - entrance.before.pss_kib) * 1.024 / count
    return [Result("resident memory a phone", rss, "KB", most=10, note=f"PSS {pss:.2f} KB")]


def delivery_results(count: int, windows: Sequence[Window]) -> list[Result]:
    every = 1.0 if count < FULL_HOUSE else None
    lost = sum(window.record.lost for window in windows)
    stale = sum(not window.is_current for window in windows)
    fewest = min(window.record.frames for window in windows)
    note = f"{fewest:,} of {count * CALLS:,} in the worst window"
    return [
        Result("frames delivered", fewest / (count * CALLS), least=every, note=note),
        Result("windows after which a phone was not at the newest state", stale, most=0),
        Result("connections lost", lost, most=0),
        Result("frames with nothing newer", sum(w.record.repeated + w.record.older for w in windows)),
    ]


def latency_results(count: int, pairs: Sequence[Pair]) -> list[Result]:
    ours, theirs = [pair.service.record for pair in pairs], [pair.baseline.record for pair in pairs]
    p50, most = median(record.p50_ms for record in ours), max(record.max_ms for record in ours)
    bare = median(record.p99_ms for record in theirs)
    note = f"p50 {p50:.1f} ms, max {most:.1f} ms; bare C loop p99 {bare:.1f} ms"
    limit = 100 if count < FULL_HOUSE else 500
    return [Result("p99 from commit to phone", median(r.p99_ms for r in ours), "ms", most=limit, note=note)]
