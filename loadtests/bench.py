"""`python -m loadtests.bench`: every load against its yardstick in the same run, as tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial

from loadtests.actions import actions
from loadtests.criteria import Result, figure, table
from loadtests.durable import durable
from loadtests.fanout import fanout, holders
from loadtests.floor import floor
from loadtests.machine import described, load
from loadtests.peers import comparison
from loadtests.peers.comparison import Comparison
from loadtests.planning import planning
from loadtests.silent import silent
from loadtests.spread import spread

PARTS = ("all", "floor", "actions", "durable", "fanout", "peers", "spread", "silent", "planning")

Section = tuple[str, Callable[[], list[Result] | Comparison]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=PARTS)
    parser.add_argument("--phones", type=int, action="append", help="how many (default: 4000, then 15000)")
    parser.add_argument("--rounds", type=int, default=5, help="windows of each kind, of which the median is told")
    parser.add_argument("--counters", type=int, default=3200, help="that call once each in a round of `actions`")
    parser.add_argument("--quick", action="store_true", help="few phones and one round: to see that it works")
    given = parser.parse_args()
    if given.quick:
        given.phones, given.rounds, given.counters = given.phones or [500], 1, 320
    return given


def sections(given: argparse.Namespace) -> Iterator[Section]:
    if given.what in ("all", "floor"):
        yield "Floor", partial(floor, given.rounds)
    if given.what in ("all", "actions"):
        yield "Actions", partial(actions, given.rounds, given.counters)
    if given.what in ("all", "durable"):
        yield "On PostgreSQL", partial(durable, given.rounds, given.counters)
    if given.what in ("all", "planning"):
        yield "Trips proposed", planning
    if given.what in ("all", "spread"):
        count = (given.phones or [8000])[0]
        yield f"Two workers: {figure(count)} phones", partial(spread, count, given.rounds)
    if given.what in ("all", "silent"):
        count = (given.phones or [4000])[0]
        yield f"{figure(count)} phones, and a tenth as many that read nothing", partial(silent, count, given.rounds)
    if given.what in ("all", "fanout"):
        for count in given.phones or (4000, 15_000):
            yield f"Fan-out: {figure(count)} phones", partial(fanout, count, given.rounds)
        few = (given.phones or [4000])[0]
        yield f"Fan-out: {figure(few)} phones, every tenth with a ticket", partial(holders, few)
    if given.what in ("all", "peers"):
        count = (given.phones or [4000])[0]
        yield f"Beside others: {figure(count)} phones", partial(comparison.peers, count, given.rounds)


def told(title: str, measured: list[Result] | Comparison) -> tuple[str, int]:
    """A table, and how many of its figures missed their limit."""
    if isinstance(measured, Comparison):
        return comparison.table(title, measured), measured.missed
    return table(title, measured), sum(not result.is_met for result in measured)


def main() -> int:
    given = arguments()
    missed = 0
    print(f"{described()} · {load()} before\n", flush=True)
    for title, measure in sections(given):
        text, misses = told(title, measure())
        missed += misses
        print(f"{text}\n{load()} afterwards\n", flush=True)
    print(f"{missed} of these figures missed their limit." if missed else "Every limit was kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
