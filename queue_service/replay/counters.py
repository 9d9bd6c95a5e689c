"""Which counter serves which lane: each one its own, free one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from queue_service.replay.client import Client, Refused, ReplayStopped
from queue_service.replay.recordings import Lane

_HINT = "`antrean replay FILE --plan` writes a set-up file that fits the recording."


async def read_branches(client: Client, lanes: Iterable[Lane]) -> dict[str, dict[str, Any]]:
    """The branches of the recording as the service has them. Raises ReplayStopped when one is missing."""
    found = {}
    for branch in sorted({lane.branch for lane in lanes}):
        try:
            found[branch] = await client.get(f"/branches/{branch}")
        except Refused as refused:
            raise ReplayStopped(f"{refused.detail} {_HINT}") from refused
    return found


def assign(lanes: Iterable[Lane], branches: Mapping[str, dict[str, Any]]) -> dict[Lane, str]:
    """Counter ids. Raises ReplayStopped when a lane gets none."""
    assigned: dict[Lane, str] = {}
    takers: dict[tuple[str, str], Lane] = {}
    candidates = {lane: _free_counters(lane, branches[lane.branch]) for lane in lanes}
    for lane in sorted(candidates, key=lambda lane: (len(candidates[lane]), lane)):
        if not _seat(lane, candidates, takers, set()):
            raise ReplayStopped(f"There is no free counter of its own for {lane}. {_HINT}")
    for (_, counter), lane in takers.items():
        assigned[lane] = counter
    return assigned


def _seat(
    lane: Lane, candidates: Mapping[Lane, list[str]], takers: dict[tuple[str, str], Lane], tried: set[tuple[str, str]]
) -> bool:
    """Finds a counter, moving others on to another of theirs where that makes room."""
    for counter in candidates[lane]:
        place = (lane.branch, counter)
        if place in tried:
            continue
        tried.add(place)
        if place not in takers or _seat(takers[place], candidates, takers, tried):
            takers[place] = lane
            return True
    return False


def _free_counters(lane: Lane, branch: Mapping[str, Any]) -> list[str]:
    if lane.queue not in {queue["id"] for queue in branch["queues"]}:
        raise ReplayStopped(f"There is no queue {lane} at the service. {_HINT}")
    return [
        counter["id"]
        for counter in branch["counters"]
        if lane.queue in counter["queues"] and counter["state"] == "closed" and counter["ticket"] is None
    ]


def waiting_in(lane: Lane, branches: Mapping[str, dict[str, Any]]) -> int:
    waiting: int = next(q["waiting"] for q in branches[lane.branch]["queues"] if q["id"] == lane.queue)
    return waiting
