"""Pushes days through the service: many lanes at once, each strictly in its own order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import datetime

from queue_service.replay.lanes import OpenLane
from queue_service.replay.order import Day, Happening
from queue_service.replay.recordings import Lane

Turn = tuple[datetime, Lane]


async def push_day(day: Day, lanes: Mapping[Lane, OpenLane], clients: int) -> None:
    """The lane whose next happening is earliest comes first, so that the day goes by everywhere at one pace."""
    to_come: dict[Lane, deque[Happening]] = {lane: deque(happenings) for lane, happenings in day.items()}
    turns: asyncio.PriorityQueue[Turn] = asyncio.PriorityQueue()
    for lane, happenings in to_come.items():
        turns.put_nowait((happenings[0].at, lane))

    async def work() -> None:
        while True:
            _, lane = await turns.get()
            await lanes[lane].do(to_come[lane].popleft())
            if to_come[lane]:
                turns.put_nowait((to_come[lane][0].at, lane))
            turns.task_done()

    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(clients)]
        await turns.join()
        for worker in workers:
            worker.cancel()


async def for_all(lanes: Mapping[Lane, OpenLane], clients: int, *, open_them: bool) -> None:
    """Opens or closes every lane's counter."""
    gate = asyncio.Semaphore(clients)

    async def one(lane: OpenLane) -> None:
        async with gate:
            await (lane.open() if open_them else lane.close())

    async with asyncio.TaskGroup() as group:
        for lane in lanes.values():
            group.create_task(one(lane))
