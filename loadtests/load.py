"""`python -m loadtests.load`: real servers, a crowd of Locust's, and the journal against what people were told.

PostgreSQL, Redis and two workers on private ports; one of the shapes, or everyone at once for a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loadtests.criteria import Result, table
from loadtests.crowd.books import Deed
from loadtests.machine import described, load
from loadtests.server import ANTREAN, free_port, running
from tests.postgres import running_postgres
from tests.redis import running_redis
from tests.service.journals import InPostgres, Row, Store, read_journal
from tests.service.ledgers import Ledger
from tests.service.plans import a_branch, write_setup
from tests.service.referees import Referee

HERE = Path(__file__).parent
BRANCH = "ramai"
QUEUES = {"umum": "A", "gigi": "B", "anak": "C"}
EVERYONE, OPENING = "everyone", "opening"
SHAPES = ("morning", OPENING, "herd", "slow_day")
COUNTERS = 20


@dataclass(frozen=True)
class Site:
    """A running service, and what is needed to load it and to read its journal."""

    url: str
    key: str
    store: Store


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.load", description=__doc__)
    add = parser.add_argument
    add("what", nargs="?", default=EVERYONE, choices=(EVERYONE, *SHAPES))
    add("--people", type=int, default=336, help="of everyone: 300 visitors, 20 pollers, 12 clerks and 4 screens")
    add("--seconds", type=int, default=60, help="for which everyone comes")
    add("--scale", type=float, default=1.0, help="factor on the people of a shape")
    add("--speed", type=float, default=1.0, help="how much faster than life a shape runs")
    add("--workers", type=int, default=2, help="processes of the service")
    add("--processes", type=int, default=1, help="of Locust, each of which takes a core")
    return parser.parse_args(given)


def quota_of(given: argparse.Namespace) -> int:
    return int(max(1, round(300 * given.scale)))


@contextmanager
def running_site(folder: Path, given: argparse.Namespace) -> Iterator[Site]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
    port = free_port()
    with running_postgres() as postgres, running_redis() as redis:
        store = InPostgres(postgres, postgres.new_database())
        environment |= {
            "ANTREAN_DATA_DIR": str(folder),
            "ANTREAN_DATABASE_URL": store.address,
            "ANTREAN_RATE_LIMITS": "off",  # the whole crowd has one address
        }
        extras = {"quota": quota_of(given)} if given.what == OPENING else {}
        queues = dict([*QUEUES.items()][:1]) if given.what == OPENING else QUEUES
        plan = a_branch(BRANCH, queues=queues, counters=COUNTERS, rules={"pause_minutes": 0}, queue_extras=extras)
        antrean(environment, "setup", str(write_setup(folder / "setup.yaml", [plan])))
        # A supervisor may do what a clerk may, and open the doors as well.
        key = antrean(environment, "key", "create", "--role", "supervisor", "--branch", BRANCH).split()[-1]
        workers = ["--workers", str(given.workers)] if given.workers > 1 else []
        environment["ANTREAN_REDIS_URL"] = redis.address  # only those who serve have something to tell each other
        with running([str(ANTREAN), "serve", "--port", str(port), *workers], port, environment):
            yield Site(f"http://127.0.0.1:{port}", key, store)


def antrean(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([str(ANTREAN), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"antrean {arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def send_crowd(site: Site, given: argparse.Namespace, told: Path) -> int:
    """Locust's own exit code."""
    file = HERE / "locustfile.py" if given.what == EVERYONE else HERE / "shapes" / f"{given.what}.py"
    command = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary", "--loglevel", "WARNING"]
    command += ["--host", site.url, "--branch", BRANCH, "--told", str(told)]
    command += ["--scale", str(given.scale), "--speed", str(given.speed), "--quota", str(quota_of(given))]
    if given.what == EVERYONE:
        command += ["-u", str(given.people), "-r", str(max(1, given.people // 10)), "-t", f"{given.seconds}s"]
    if given.processes > 1:
        command += ["--processes", str(given.processes)]
    # Not as an argument: those can be read by everyone on the machine.
    environment = os.environ | {"ANTREAN_LOAD_KEY": site.key}
    done = subprocess.run(command, env=environment, cwd=HERE.parent, check=False)
    return done.returncode


def compared(told: dict[str, Any], rows: Sequence[Row]) -> list[Result]:
    """What people were told, against the journal. What was asked and never answered may have happened or not."""
    ledger = Ledger(told=Counter({(kind, label, counter): times for kind, label, counter, times in told["told"]}))
    account = ledger.against(rows)
    open_questions = [tuple(deed) for deeds in told["unanswered"].values() for deed in deeds]
    duplicated = unexplained(account.duplicated, open_questions)
    unexpected = unexplained(account.unexpected, open_questions)
    called = {(row.fields["label"], row.fields["counter"]) for row in rows if row.kind == "called"}
    never_called = [seen for seen in map(tuple, told["calls_seen"]) if seen not in called]
    recovered = len(account.duplicated) + len(account.unexpected) - len(duplicated) - len(unexpected)
    broken = Referee(pause_minutes=0).read(rows)
    return [
        Result("entries in the journal", len(rows)),
        Result("acknowledged", account.acknowledged),
        Result("lost", len(account.lost), most=0, note=listed(account.lost)),
        Result("duplicated", len(duplicated), most=0, note=listed(duplicated)),
        Result("unexpected", len(unexpected), most=0, note=listed(unexpected)),
        Result("done, though the answer never came", recovered),
        Result("shown as called, and never called", len(never_called), most=0, note=listed(never_called)),
        Result("entries against the rules", len(broken), most=0, note=listed(broken)),
    ]


def unexplained(deeds: Sequence[Deed], open_questions: list[Any]) -> list[Deed]:
    """Those that no open question explains; each question explains one."""
    rest = []
    for kind, label, counter in deeds:
        asked = [q for q in open_questions if q[0] == kind and q[1] in (None, label) and q[2] == counter]
        if asked:
            open_questions.remove(asked[0])
        else:
            rest.append((kind, label, counter))
    return rest


def listed(items: Sequence[object]) -> str:
    return "; ".join(str(item) for item in items[:5])


def main(arguments_given: Sequence[str] | None = None) -> int:
    given = arguments(arguments_given)
    print(f"{described()} · {load()} before", flush=True)
    with TemporaryDirectory() as name, running_site(Path(name), given) as site:
        told = Path(name) / "told.json"
        code = send_crowd(site, given, told)
        if not told.exists():
            return code or 1
        results = compared(json.loads(told.read_text()), read_journal(site.store, BRANCH))
    print(f"\n{table('The journal against what people were told', results)}\n{load()} afterwards")
    is_clean = code == 0 and all(result.is_met for result in results)
    print("Nothing was lost, doubled or wrong." if is_clean else "Something is wrong: see above.")
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
