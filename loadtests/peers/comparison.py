"""Beside others: the fan-out of our service and of each peer, window by window, as a table to paste into the docs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.broadcast import FIRST, PATH
from loadtests.criteria import figure
from loadtests.fanout import (
    BRANCH,
    CALLS,
    QUEUE_PATH,
    SETTLING,
    Entrance,
    Pair,
    Window,
    let_in,
    prepare,
    restock,
    service_window,
    silent_cpu,
)
from loadtests.peers.servers import PEERS, Absent, Peer, Running, raise_file_limit
from loadtests.phones import Phones, Record
from loadtests.processes import cpu_of_all, memory_of_all
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


@dataclass(frozen=True)
class Comparison:
    phones: int
    entrance: Entrance  # ours
    silent: float  # CPU seconds of a window's calls while nobody watches
    beside: list[Beside]
    absent: dict[str, str]  # why, by name

    @property
    def windows(self) -> list[Window]:
        return [pair.service for one in self.beside for pair in one.pairs]

    @property
    def missed(self) -> int:
        """Figures in which a peer is ahead."""
        return sum(len(leads(self, one)) for one in self.beside)


def peers(count: int, rounds: int, chosen: Iterable[Peer] = PEERS) -> Comparison:
    raise_file_limit()
    present, absent = sorted_out(chosen)
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH) as server:
        prepare(server)
        silent = silent_cpu(server)
        restock(server)
        entrance, phones = let_in(server, count, Path(name), [QUEUE_PATH])
        with phones:
            beside = [compare(peer, present[peer], server, phones, count, rounds) for peer in present]
    return Comparison(count, entrance, silent, beside, absent)


def sorted_out(chosen: Iterable[Peer]) -> tuple[dict[Peer, str], dict[str, str]]:
    """The versions of those that are here, and the names of those that are not, with a word why."""
    present, absent = dict[Peer, str](), dict[str, str]()
    for peer in chosen:
        try:
            present[peer] = peer.versions()
        except Absent as why:
            absent[peer.name] = str(why)
    return present, absent


def compare(peer: Peer, versions: str, server: Server, phones: Phones, count: int, rounds: int) -> Beside:
    with TemporaryDirectory() as name, peer.serve(Path(name)) as running:
        running.publish([FIRST])
        entrance, others = enter(running, count, Path(name))
        pairs = []
        with others:
            for _ in range(rounds):
                service = service_window(server, phones)
                pairs.append(Pair(service, peer_window(running, others, service.record)))
                restock(server)
    return Beside(peer.name, versions, entrance, tuple(pairs))


def enter(running: Running, count: int, folder: Path) -> tuple[Entrance, Phones]:
    time.sleep(SETTLING)
    before, cpu = memory_of_all(running.processes), cpu_of_all(running.processes)
    phones = Phones(running.port, count, [PATH], folder)
    cpu = cpu_of_all(running.processes) - cpu
    time.sleep(SETTLING)
    return Entrance(cpu, before, memory_of_all(running.processes)), phones


def peer_window(running: Running, phones: Phones, like: Record) -> Window:
    """Frames of the same sizes as those that the service has just sent."""
    sizes = [change.size for change in like.changes] or [FIRST]
    phones.begin()
    cpu = cpu_of_all(running.processes)
    running.publish([sizes[n % len(sizes)] for n in range(CALLS)])
    record = settled(phones)
    is_current = record.newest == running.seq and record.at_newest == record.live
    return Window(cpu_of_all(running.processes) - cpu, record, is_current)


def settled(phones: Phones) -> Record:
    """What came, when nothing more does: who cannot keep up has a backlog."""
    time.sleep(SETTLING)
    record = phones.report()
    while record.frames < CALLS * record.live:
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
