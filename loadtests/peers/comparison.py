"""Beside others: the fan-out of our service and of each peer, window by window, as a table to paste into the docs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.broadcast import FIRST, PATH, frame_of
from loadtests.criteria import figure
from loadtests.fanout import (
    BRANCH,
    CALLS,
    INTERVAL,
    QUEUE_PATH,
    SETTLING,
    Entrance,
    Pair,
    Window,
    let_in,
    paced,
    prepare,
    restock,
    service_window,
    silent_cpu,
)
from loadtests.peers.servers import PEERS, Absent, Peer, Publish, raise_file_limit
from loadtests.phones import Phones, Record
from loadtests.processes import cpu_of_all, family, memory_of_all
from loadtests.server import Server, running_server

OURS = "**Antrean**, one process on SQLite"
HEADINGS = ("server", "CPU a frame", "ours ÷ it", "without our calls", "memory a phone", "p50", "p99", "frames")


@dataclass(frozen=True)
class Beside:
    """What a peer cost, and what our service cost in the same minutes."""

    name: str
    versions: str
    entrance: Entrance
    pairs: tuple[Pair, ...]

    @property
    def windows(self) -> list[Window]:
        return [pair.baseline for pair in self.pairs]

    @property
    def ratio(self) -> float:
        return median(pair.ratio for pair in self.pairs)

    def net_ratio(self, silent: float) -> float:
        """Less what the calls themselves cost us, which a peer has none of."""
        return median((pair.service.cpu - silent) / pair.service.cpu * pair.ratio for pair in self.pairs)


@dataclass
class Comparison:
    phones: int
    entrance: Entrance  # ours
    silent: float  # CPU seconds of a window's calls while nobody watches
    beside: list[Beside] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)  # why, by name

    @property
    def windows(self) -> list[Window]:
        return [pair.service for one in self.beside for pair in one.pairs]

    @property
    def missed(self) -> int:
        """Figures in which a peer is ahead."""
        return sum(len(leads(self, one)) for one in self.beside)


@dataclass
class States:
    """What a publisher brings: ever newer states of one queue."""

    publish: Publish
    seq: int = 0

    def send(self, size: int, at: float) -> None:
        self.seq += 1
        self.publish(frame_of(self.seq, size, at))


def peers(count: int, rounds: int, chosen: Iterable[Peer] = PEERS) -> Comparison:
    raise_file_limit()
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH) as server:
        prepare(server)
        silent = silent_cpu(server)
        restock(server)
        entrance, phones = let_in(server, count, Path(name), [QUEUE_PATH])
        found = Comparison(count, entrance, silent)
        with phones:
            for peer in chosen:
                try:
                    found.beside.append(compare(peer, peer.versions(), server, phones, count, rounds))
                except Absent as absent:
                    found.absent[peer.name] = str(absent)
    return found


def compare(peer: Peer, versions: str, server: Server, phones: Phones, count: int, rounds: int) -> Beside:
    with TemporaryDirectory() as name, peer.serve(Path(name)) as (port, pid):
        with peer.publishing(port) as publish:
            publish(frame_of(0, FIRST, time.time()))
        time.sleep(SETTLING)
        processes = family(pid)
        before, cpu = memory_of_all(processes), cpu_of_all(processes)
        with Phones(port, count, [PATH], Path(name)) as others:
            cpu = cpu_of_all(processes) - cpu
            time.sleep(SETTLING)
            entrance = Entrance(cpu, before, memory_of_all(processes))
            pairs, seq = [], 0
            for _ in range(rounds):
                service = service_window(server, phones)
                with peer.publishing(port) as publish:
                    states = States(publish, seq)
                    pairs.append(Pair(service, peer_window(states, processes, others, service.record)))
                    seq = states.seq
                restock(server)
    return Beside(peer.name, versions, entrance, tuple(pairs))


def peer_window(states: States, processes: Sequence[int], phones: Phones, like: Record) -> Window:
    """Frames of the same sizes as those that the service has just sent, stamped when they are due to be handed over."""
    sizes = [change.size for change in like.changes] or [FIRST]
    phones.begin()
    cpu, start = cpu_of_all(processes), time.time()
    for n in paced(CALLS):
        states.send(sizes[n % len(sizes)], start + n * INTERVAL)
    record = settled(phones, CALLS)
    return Window(cpu_of_all(processes) - cpu, record, record.newest == states.seq and record.at_newest == record.live)


def settled(phones: Phones, changes: int) -> Record:
    """What came, when nothing more does: who cannot keep up has a backlog."""
    time.sleep(SETTLING)
    record = phones.report()
    while record.frames < changes * record.live:
        time.sleep(SETTLING)
        frames, record = record.frames, phones.report()
        if record.frames == frames:
            break
    return record


def leads(comparison: Comparison, one: Beside) -> list[str]:
    """In what the peer is ahead of us."""
    ours = [pair.service for pair in one.pairs]
    found = {
        "CPU a frame": one.ratio > 1,
        "memory a phone": memory(one.entrance, comparison.phones) < memory(comparison.entrance, comparison.phones),
        "p99": latency(one.windows) < latency(ours),
    }
    return [name for name, is_ahead in found.items() if is_ahead]


def memory(entrance: Entrance, phones: int) -> float:
    """KB, which the processes grew by for each phone."""
    return (entrance.after.rss_kib - entrance.before.rss_kib) * 1.024 / phones


def latency(windows: Sequence[Window]) -> float:
    return median(window.record.p99_ms for window in windows)


def table(title: str, comparison: Comparison) -> str:
    lines = [f"### {title}", "", "| " + " | ".join(HEADINGS) + " |", "|---" * len(HEADINGS) + "|"]
    if comparison.beside:
        net = median((w.cpu - comparison.silent) * 1e6 / max(w.record.frames, 1) for w in comparison.windows)
        without = f"{figure(net)} µs"
        lines.append(row(OURS, "", without, comparison.entrance, comparison.windows, comparison.phones))
    for one in comparison.beside:
        ratio, net_ratio = figure(one.ratio), figure(one.net_ratio(comparison.silent))
        lines.append(row(one.name, ratio, net_ratio, one.entrance, one.windows, comparison.phones))
    lines += [f"| {name} | not measured: {why} |" for name, why in comparison.absent.items()]
    return "\n".join([*lines, "", *remarks(comparison)]) + "\n"


def row(name: str, ratio: str, net: str, entrance: Entrance, windows: Sequence[Window], phones: int) -> str:
    p50, fewest = median(w.record.p50_ms for w in windows), min(w.record.frames for w in windows)
    cells = (
        name,
        f"{figure(median(window.micros for window in windows))} µs",
        ratio,
        net,
        f"{figure(memory(entrance, phones))} KB",
        f"{figure(p50)} ms",
        f"{figure(latency(windows))} ms",
        f"{fewest / (phones * CALLS):.1%}",
    )
    return "| " + " | ".join(cells) + " |"


def remarks(comparison: Comparison) -> list[str]:
    sizes = [change.size for window in comparison.windows for change in window.record.changes] or [0]
    pairs = sum(len(one.pairs) for one in comparison.beside)
    lines = [f"{pairs} pairs of windows; frames of {min(sizes)} to {max(sizes)} bytes; medians, and the fewest frames."]
    lines += [f"{one.name}: {one.versions}." for one in comparison.beside]
    for one in comparison.beside:
        ahead, late = leads(comparison, one), sum(not window.is_current for window in one.windows)
        lines += [f"**{one.name} is ahead of us in {' and '.join(ahead)}.**"] if ahead else []
        lines += [f"{one.name}: after {late} windows a phone was not at the newest state."] if late else []
    return ["  \n".join(lines)]
