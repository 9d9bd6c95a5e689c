"""The living day: everybody at both branches, at once, for ever."""

from __future__ import annotations

import asyncio

from queue_service.demo.casts import CASTS, BranchCast
from queue_service.demo.clerks import Clerk
from queue_service.demo.shapes import round_of
from queue_service.demo.stage import Stage
from queue_service.demo.visitors import Visitors, miss
from queue_service.domain.actions import Issue
from queue_service.domain.floors import Floor

FIRST_IN_LINE = 8


async def open_doors(stage: Stage) -> None:
    """Those who stood outside when the day began."""
    for branch, cast in CASTS.items():
        await stage.recognise(branch)
        floor = await stage.house.floors.get_today(branch)
        for queue, queue_cast in cast.queues.items():
            if (branch, queue) in stage.fed or not queue_cast.an_hour:
                continue
            for _ in range(FIRST_IN_LINE - len(floor.line(queue))):
                await stage.act(branch, Issue(queue), "visitor")


async def play(stage: Stage) -> None:
    """Until it is cancelled. An exception that nobody foresaw ends it, and is raised."""
    try:
        async with asyncio.TaskGroup() as people:
            for branch, cast in CASTS.items():
                fed = {queue for place, queue in stage.fed if place == branch}
                _enter(stage, branch, cast.without_arrivals(fed), people)
    finally:
        await stage.settle()


def _enter(stage: Stage, branch: str, cast: BranchCast, people: asyncio.TaskGroup) -> None:
    def missed(floor: Floor, label: str) -> None:
        if stage.is_ours(floor.branch.id, floor.day, label):
            people.create_task(miss(stage, floor, label))

    day = round_of(stage.shapes.days[cast.day])
    for counter in stage.house.branches.get(branch).counters:
        people.create_task(Clerk(stage, branch, counter, cast, missed).work())
    for queue, queue_cast in cast.queues.items():
        if queue_cast.an_hour:
            people.create_task(Visitors(stage, branch, queue, people.create_task).come(queue_cast, day))
