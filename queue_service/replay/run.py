"""`antrean replay`: from a recording and a running service to an outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from queue_service.replay import CLIENTS
from queue_service.replay.client import Client, ReplayStopped, connect
from queue_service.replay.counters import assign, read_branches, waiting_in
from queue_service.replay.journals import read_journal
from queue_service.replay.lanes import OpenLane
from queue_service.replay.order import days_of
from queue_service.replay.push import for_all, push_day
from queue_service.replay.recordings import Lane, Recorded
from queue_service.replay.report import Outcome, Watched
from queue_service.replay.tally import Account, recorded_tally
from queue_service.replay.watch import Watcher, watching

Say = Callable[[str], object]


async def replay(
    recording: Sequence[Recorded],
    url: str,
    key: str,
    *,
    clients: int = CLIENTS,
    watch: str | None = None,
    database_url: str | None = None,
    say: Say = lambda sentence: None,
) -> Outcome:
    """Raises ReplayStopped when it cannot begin, or go on."""
    url = url.rstrip("/")
    watched_lane = find_lane(recording, watch) if watch is not None else None
    try:
        async with connect(url, key, clients) as client, _maybe_watching(url, watched_lane) as watcher:
            outcome = await _push(client, recording, clients, say)
            if watcher is not None:
                outcome.watched = await _judge(client, watcher, outcome.account)
    except* ReplayStopped as stopped:
        raise _first(stopped) from None
    if database_url is not None:
        outcome.journal = await read_journal(database_url, outcome.account)
    return outcome


def find_lane(recording: Sequence[Recorded], name: str) -> Lane:
    """By `queue`, or by `branch/queue` where several branches have it. Raises ReplayStopped."""
    lanes = {one.lane for one in recording}
    found = sorted(lane for lane in lanes if name in (lane.queue, str(lane)))
    if len(found) == 1:
        return found[0]
    if not found:
        raise ReplayStopped(f"There is no queue “{name}” in this recording.")
    raise ReplayStopped(f"Which queue is to be watched: {' or '.join(map(str, found))}?")


async def _push(client: Client, recording: Sequence[Recorded], clients: int, say: Say) -> Outcome:
    account = Account()
    lanes = await _lanes(client, recording, account)
    days = days_of(recording)
    last = max(days)
    begin = perf_counter()
    await for_all(lanes, clients, open_them=True)
    for day, happenings in days.items():
        say(f"{day}: {sum(map(len, happenings.values())):,} issues and calls in {len(happenings)} queues …")
        await push_day(happenings, lanes, clients)
        await asyncio.gather(*(lanes[lane].end_day(is_last=day == last) for lane in happenings))
    await for_all(lanes, clients, open_them=False)
    seconds = perf_counter() - begin
    return Outcome(recorded_tally(recording), account, seconds, clients, len(days), client.seconds)


async def _lanes(client: Client, recording: Sequence[Recorded], account: Account) -> dict[Lane, OpenLane]:
    names = list(dict.fromkeys(one.lane for one in recording))
    branches = await read_branches(client, names)
    counters = assign(names, branches)
    return {
        lane: OpenLane(client, account, lane, counters[lane], has_strangers=waiting_in(lane, branches) > 0)
        for lane in names
    }


@asynccontextmanager
async def _maybe_watching(url: str, lane: Lane | None) -> AsyncIterator[Watcher | None]:
    if lane is None:
        yield None
        return
    async with watching(url, lane) as watcher:
        yield watcher


async def _judge(client: Client, watcher: Watcher, account: Account) -> Watched:
    lane = watcher.lane
    snapshot = await client.get(f"/branches/{lane.branch}/queues/{lane.queue}")
    await watcher.reaches(snapshot["seq"])
    called = [label for label, calls in account.labels[lane].items() if calls]
    missed = [label for label in called if label not in watcher.seen]
    return Watched(lane, len(called), missed, watcher.frames, watcher.shows(snapshot))


def _first(group: BaseExceptionGroup[ReplayStopped]) -> ReplayStopped:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ReplayStopped)
    return error
