"""The actions on PostgreSQL, against what `pgbench` and an empty POST reach; and four workers busy at one branch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.actions import CLIENTS, RESERVE, Branch, Run, demand, empty_server, quantiles
from loadtests.criteria import Result
from loadtests.server import running_server
from loadtests.setup_file import BranchPlan
from tests.postgres import USER, Postgres, program, run, running_postgres
from tests.redis import running_redis

SECONDS = 5  # of pgbench, each time
ROW = json.dumps({"label": "A-012", "counter": "3"})
# Rows that have nothing to do with each other: no two clients ever wait for the same.
ONE_ROW = f"""
CREATE TABLE one_row (id bigserial PRIMARY KEY, at_ms bigint NOT NULL, fields text NOT NULL);
---
INSERT INTO one_row (at_ms, fields) VALUES (1795413600123, '{ROW}');
"""  # noqa: S608 - it is ours
# An entry of one branch's journal, as a worker of its own for each clerk would write it: in turn, after the last one.
ONE_ENTRY = f"""
CREATE TABLE one_journal (branch text, day date, seq int, at_ms bigint NOT NULL, by text NOT NULL, kind text NOT NULL,
    fields text NOT NULL, PRIMARY KEY (branch, day, seq));
---
BEGIN;
SELECT pg_advisory_xact_lock(1);
SELECT coalesce(max(seq), 0) + 1 AS next FROM one_journal WHERE branch = 'sigap' AND day = '2026-11-23' \\gset
INSERT INTO one_journal VALUES ('sigap', '2026-11-23', :next, 1795413600123, 'key:1f0c', 'called', '{ROW}');
COMMIT;
"""  # noqa: S608 - it is ours
HAMMERED = BranchPlan("ramai", counters=50)
VISITORS = 2000
CALLED = "SELECT fields::json->>'label' FROM entries WHERE kind = 'called' ORDER BY seq"


class Pgbench:
    """Each transaction is `script`'s second part, prepared as ours are, by as many clients as ours are."""

    def __init__(self, server: Postgres, script: str) -> None:
        table, _, transaction = script.partition("---\n")
        self._server = server
        self._database = server.new_database()
        self._script = server.folder / f"{self._database}.sql"
        self._script.write_text(transaction)
        self._script.chmod(0o644)
        server.ask(table, self._database)

    def rate(self) -> float:
        whom = ["-h", "127.0.0.1", "-p", str(self._server.port), "-U", USER, self._database]
        load = ["-c", str(CLIENTS), "-j", "2", "-M", "prepared", "-T", str(SECONDS), "-f", str(self._script)]
        told = run([str(program("pgbench")), "-n", *load, *whom])
        return next(float(line.split()[2]) for line in told.splitlines() if line.startswith("tps = "))


@dataclass(frozen=True)
class Round:
    """Windows of the same run, one right after the other."""

    called: Run
    cpu: float  # seconds of the service's, for these calls
    rows: float  # transactions a second by pgbench, as all of these
    entries: float
    empty: float  # answers a second


@contextmanager
def on(address: str, branch: BranchPlan, workers: int, redis: str) -> Iterator[Branch]:
    settings = {"ANTREAN_DATABASE_URL": address, "ANTREAN_REDIS_URL": redis}
    with TemporaryDirectory() as name, running_server(Path(name), branch, settings, workers) as server:
        yield Branch(server, Path(name))


def durable(rounds: int, counters: int) -> list[Result]:
    plan, results = BranchPlan("sigap", counters=counters), list[Result]()
    with running_postgres() as postgres, running_redis() as redis:
        rows, entries = Pgbench(postgres, ONE_ROW), Pgbench(postgres, ONE_ENTRY)
        for workers in (1, 2):
            with (
                on(postgres.address(postgres.new_database()), plan, workers, redis.address) as branch,
                empty_server() as empty,
            ):
                demand(branch.at_all("open"))
                demand(branch.issue(counters + RESERVE), 201)
                results += compared([one_round(branch, rows, entries, empty) for _ in range(rounds)], workers)
        database = postgres.new_database()
        with on(postgres.address(database), HAMMERED, 4, redis.address) as branch:
            results += hammered(branch, lambda: postgres.ask(CALLED, database).split())
    return results


def one_round(branch: Branch, rows: Pgbench, entries: Pgbench, empty: int) -> Round:
    """All counters are free before and after it, and as many wait."""
    row_rate, entry_rate = rows.rate(), entries.rate()
    empty_rate = branch.elsewhere(empty, "/empty").rate
    cpu = branch.cpu_seconds()
    called = demand(branch.at_all("call-next"))
    cpu = branch.cpu_seconds() - cpu
    demand(branch.at_all("complete"))
    demand(branch.issue(branch.counters), 201)
    return Round(called, cpu, row_rate, entry_rate, empty_rate)


def compared(rounds: Sequence[Round], workers: int) -> list[Result]:
    by = f"{workers} worker{'s' if workers > 1 else ''}"
    done = [each.called for each in rounds]
    pairs = f"{len(rounds)} pairs of runs"

    def ratio(yardstick: Callable[[Round], float]) -> float:
        return median(each.called.rate / yardstick(each) for each in rounds)

    ceiling = median(each.empty / each.rows for each in rounds)
    cpu = median(each.cpu * 1e6 / len(each.called.answers) for each in rounds)
    clients = f"{CLIENTS} clients"
    return [
        Result(
            f"call-next, {by} ÷ pgbench, one entry of one branch", ratio(lambda r: r.entries), least=0.5, note=pairs
        ),
        Result(f"call-next, {by} ÷ pgbench, one row", ratio(lambda r: r.rows), least=0.5, note=pairs),
        Result("empty FastAPI POST ÷ pgbench, one row", ceiling, note="no call by one process comes above this"),
        Result(f"call-next, {by} ÷ empty FastAPI POST", ratio(lambda r: r.empty), note=pairs),
        Result(f"durable call-next, {by}", median(run.rate for run in done), "/s", note=quantiles(done)),
        Result("server CPU a call", cpu, "µs", note="PostgreSQL's not included"),
        Result("pgbench, one entry of one branch", median(each.entries for each in rounds), "/s", note=clients),
        Result("pgbench, one row", median(each.rows for each in rounds), "/s", note=clients),
        Result("empty FastAPI POST", median(each.empty for each in rounds), "/s", note=clients),
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
