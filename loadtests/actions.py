"""The actions: durable `call-next` by 32 clients, against an empty FastAPI POST, turn by turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.compiled import compiled
from loadtests.criteria import Result
from loadtests.server import Server, counter_path, free_port, running, running_server
from loadtests.setup_file import QUEUE, BranchPlan, class_of

CLIENTS = 32
LIKE_OURS = (
    *("--loop", "uvloop", "--http", "httptools", "--lifespan", "off", "--log-level", "warning"),
    *("--no-access-log", "--no-server-header", "--no-proxy-headers"),
)
RESERVE = 500  # tickets that stay waiting when every counter has called


@dataclass(frozen=True)
class Answer:
    status: int
    micros: int
    label: str


@dataclass(frozen=True)
class Run:
    answers: tuple[Answer, ...]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def quantile_ms(self, q: float) -> float:
        ranked = sorted(answer.micros for answer in self.answers)
        return ranked[round(q * (len(ranked) - 1))] / 1000


def run(port: int, plan: Iterable[str], folder: Path, key: str | None = None, clients: int = CLIENTS) -> Run:
    """A line of the plan is a path and, after a tab, a body; '+' keeps it behind the line before it."""
    listed = folder / "plan"
    listed.write_text("".join(f"{line}\n" for line in plan))
    command = [str(compiled("actions")), str(port), str(clients), str(listed), *([key] if key else [])]
    *lines, micros = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    cells = [line.split("\t") for line in lines]
    return Run(tuple(Answer(int(status), int(took), label) for status, took, label in cells), int(micros) / 1e6)


def demand(done: Run, status: int = 200) -> Run:
    if set(done.statuses) != {status}:
        raise SystemExit(f"Expected only {status}: {dict(done.statuses)}")
    return done


@contextmanager
def empty_server() -> Iterator[int]:
    """The port of an app that answers a POST with nothing, under the same uvicorn settings as ours."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "loadtests.empty:app", "--port", str(port), *LIKE_OURS]
    with running(command, port, dict(os.environ)):
        yield port


class Branch:
    """The plans of what its clerks press."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._id = server.branch.id
        self.counters = server.branch.counters

    def run(self, plan: Iterable[str], clients: int = CLIENTS) -> Run:
        return run(self._server.port, plan, self._folder, self._server.key, clients)

    def cpu_seconds(self) -> float:
        return self._server.cpu_seconds()

    def elsewhere(self, port: int, path: str) -> Run:
        """The same clients at another server, three times as often."""
        return demand(run(port, [path] * 3 * self.counters, self._folder))

    def at_all(self, action: str) -> Run:
        return self.run(f"/api/v1{counter_path(self._id, n, action)}" for n in range(1, self.counters + 1))

    def issue(self, tickets: int) -> Run:
        bodies = (json.dumps({"queue": QUEUE, "class": class_of(n)}) for n in range(tickets))
        return self.run(f"/api/v1/branches/{self._id}/tickets\t{body}" for body in bodies)

    def waiting(self) -> list[str]:
        """Their labels, in the order in which they are to be called."""
        runs = self._server.snapshot()["waiting"]
        return [f"{prefix}-{n:03d}" for prefix, first, last in runs for n in range(first, last + 1)]

    def cycles(self, times: int, clerks: int = CLIENTS) -> Run:
        """Each clerk at a counter of their own: call next, complete, and again."""
        paths = [f"/api/v1{counter_path(self._id, n, 'call-next')}" for n in range(1, clerks + 1)]
        plan = []
        for call in paths:
            complete = "+" + call.replace("call-next", "complete")
            plan += [call, complete, *["+" + call, complete] * (times - 1)]
        return self.run(plan, clerks)


def actions(rounds: int, counters: int) -> list[Result]:
    plan = BranchPlan("sigap", counters=counters)
    with TemporaryDirectory() as name, running_server(Path(name), plan) as server, empty_server() as empty:
        branch = Branch(server, Path(name))
        demand(branch.at_all("open"))
        issued = demand(branch.issue(counters + RESERVE), 201)
        calls, bare, cycles = [], [], []
        for _ in range(rounds):
            bare.append(branch.elsewhere(empty, "/empty"))
            calls.append(demand(branch.at_all("call-next")))
            demand(branch.at_all("complete"))
            issued = demand(branch.issue(counters), 201)
            cycles.append(demand(branch.cycles(counters // CLIENTS // 4)))
            demand(branch.issue(len(cycles[-1].answers) // 2), 201)
    return results(calls, bare, cycles, issued)


def results(calls: Sequence[Run], bare: Sequence[Run], cycles: Sequence[Run], issued: Run) -> list[Result]:
    labels = [answer.label for done in calls for answer in done.answers]
    labels += [answer.label for done in cycles for answer in done.answers[::2]]  # every other one completes
    ratio = median(call.rate / empty.rate for call, empty in zip(calls, bare, strict=True))
    return [
        Result("call-next ÷ empty FastAPI POST, rate", ratio, least=0.25, note=f"{len(calls)} pairs of runs"),
        Result("durable call-next", median(done.rate for done in calls), "/s", note=quantiles(calls)),
        Result("empty FastAPI POST", median(done.rate for done in bare), "/s", note=quantiles(bare)),
        Result("call-next, p99", median(done.quantile_ms(0.99) for done in calls), "ms", most=60),
        Result("visitors called twice", len(labels) - len(set(labels)), most=0, note=f"{len(labels):,} calls"),
        Result("call-next and complete in turn", median(done.rate for done in cycles), "/s", note=quantiles(cycles)),
        Result("issue", issued.rate, "/s", note=quantiles([issued])),
    ]


def quantiles(runs: Sequence[Run]) -> str:
    p50, p99 = (median(done.quantile_ms(q) for done in runs) for q in (0.5, 0.99))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {max(done.quantile_ms(1) for done in runs):.1f} ms"
