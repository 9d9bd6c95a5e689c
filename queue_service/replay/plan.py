"""The set-up file that a recording needs: its branches and queues, with one counter for each queue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count, product
from string import ascii_uppercase
from typing import Any

import yaml

from queue_service.replay.recordings import Lane, Recorded

_HEADING = "# Made from a recording by `antrean replay --plan`: one counter for each queue.\n"


def setup_text(recording: Iterable[Recorded]) -> str:
    lanes = list(dict.fromkeys(one.lane for one in recording))
    branches = list(dict.fromkeys(lane.branch for lane in lanes))
    plan = {"branches": [_branch(branch, [lane for lane in lanes if lane.branch == branch]) for branch in branches]}
    return _HEADING + yaml.safe_dump(plan, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


def _branch(branch: str, lanes: list[Lane]) -> dict[str, Any]:
    names = [lane.queue for lane in lanes]
    return {
        "id": branch,
        "name": branch,
        "queues": [
            {"id": queue, "prefix": prefix, "name": queue} for queue, prefix in zip(names, prefixes(), strict=False)
        ],
        "counters": [
            {"id": str(number), "name": {"id": f"Loket {number}", "en": f"Counter {number}"}, "queues": [queue]}
            for number, queue in zip(count(1), names, strict=False)
        ],
    }


def prefixes() -> Iterator[str]:
    """A … Z, AA … ZZ, AAA … ZZZ."""
    for length in (1, 2, 3):
        yield from map("".join, product(ascii_uppercase, repeat=length))
