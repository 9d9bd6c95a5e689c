"""The actions on PostgreSQL, against what `pgbench` reaches there; and four workers busy at one branch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.actions import CLIENTS, RESERVE, Branch, Run, demand, quantiles
from loadtests.criteria import Result
from loadtests.server import running_server
from loadtests.setup_file import BranchPlan
from tests.postgres import USER, Postgres, program, run, running_postgres
from tests.redis import running_redis

SECONDS = 5  # of pgbench, each time
ROW = json.dumps({"label": "A-012", "counter": "3"})
TABLE = "CREATE TABLE one_row (id bigserial PRIMARY KEY, at_ms bigint NOT NULL, fields text NOT NULL)"
INSERT = f"INSERT INTO one_row (at_ms, fields) VALUES (1795413600123, '{ROW}');\n"  # noqa: S608 - it is ours
HAMMERED = BranchPlan("ramai", counters=50)
VISITORS = 2000
CALLED = "SELECT fields::json->>'label' FROM entries WHERE kind = 'called' ORDER BY seq"


class Pgbench:
    """Each transaction inserts one row, by as many clients as ours are."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._database = server.new_database()
        self._script = server.folder / "insert.sql"
        self._script.write_text(INSERT)
        self._script.chmod(0o644)
        server.ask(TABLE, self._database)

    def rate(self) -> float:
        whom = ["-h", "127.0.0.1", "-p", str(self._server.port), "-U", USER, self._database]
        load = ["-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-f", str(self._script)]
        told = run([str(program("pgbench")), "-n", *load, *whom])
        return next(float(line.split()[2]) for line in told.splitlines() if line.startswith("tps = "))


@contextmanager
def on(address: str, branch: BranchPlan, workers: int, redis: str) -> Iterator[Branch]:
    settings = {"ANTREAN_DATABASE_URL": address, "ANTREAN_REDIS_URL": redis}
    with TemporaryDirectory() as name, running_server(Path(name), branch, settings, workers) as server:
        yield Branch(server, Path(name))


def durable(rounds: int, counters: int) -> list[Result]:
    plan, results = BranchPlan("sigap", counters=counters), list[Result]()
    with running_postgres() as postgres, running_redis() as redis:
        bench = Pgbench(postgres)
        for workers in (1, 2):
            with on(postgres.address(postgres.new_database()), plan, workers, redis.address) as branch:
                results += calls(branch, bench, rounds, workers)
        database = postgres.new_database()
        with on(postgres.address(database), HAMMERED, 4, redis.address) as branch:
            results += hammered(branch, lambda: postgres.ask(CALLED, database).split())
    return results


def calls(branch: Branch, bench: Pgbench, rounds: int, workers: int) -> list[Result]:
    demand(branch.at_all("open"))
    demand(branch.issue(branch.counters + RESERVE), 201)
    done, rates = list[Run](), list[float]()
    for _ in range(rounds):
        rates.append(bench.rate())
        done.append(demand(branch.at_all("call-next")))
        demand(branch.at_all("complete"))
        demand(branch.issue(branch.counters), 201)
    ratio = median(run.rate / rate for run, rate in zip(done, rates, strict=True))
    by = f"{workers} worker{'s' if workers > 1 else ''}"
    return [
        Result(f"call-next, {by} ÷ pgbench, one row", ratio, least=0.5, note=f"{rounds} pairs of runs"),
        Result(f"durable call-next, {by}", median(run.rate for run in done), "/s", note=quantiles(done)),
        Result("pgbench, one row a transaction", median(rates), "/s", note=f"{CLIENTS} clients"),
        Result("visitors called twice", twice(done), most=0),
    ]


def hammered(branch: Branch, in_journal: Callable[[], list[str]]) -> list[Result]:
    """Fifty counters of one branch press call-next and complete as fast as they can, over four workers."""
    demand(branch.at_all("open"))
    demand(branch.issue(VISITORS), 201)
    due = branch.waiting()
    done = demand(branch.cycles(VISITORS // HAMMERED.counters, HAMMERED.counters))
    called = in_journal()
    told = {answer.label for answer in done.answers[::2]}
    return [
        Result("4 workers, 50 counters of one branch: calls", len(called), least=VISITORS, most=VISITORS),
        Result("called twice", len(called) - len(set(called)), most=0),
        Result("called and not told so, or told and not called", len(told ^ set(called)), most=0),
        Result("called out of the rules' order", sum(a != b for a, b in zip(due, called, strict=False)), most=0),
        Result("longest wait for an action", done.quantile_ms(1), "ms", most=1000, note=quantiles([done])),
        Result("actions", done.rate, "/s"),
    ]


def twice(runs: Sequence[Run]) -> int:
    labels = [answer.label for done in runs for answer in done.answers]
    return len(labels) - len(set(labels))
