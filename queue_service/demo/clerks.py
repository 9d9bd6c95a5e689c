"""A simulated clerk: looks, waits as long as people take, looks again, acts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from queue_service.demo.casts import BranchCast
from queue_service.demo.draws import Visit, visit, visit_of_a_person
from queue_service.demo.stage import Stage
from queue_service.demo.steps import next_step
from queue_service.domain.actions import MarkNoShow, Recall
from queue_service.domain.floors import Floor

_LOOK_AGAIN_SECONDS = 1.0

Missed = Callable[[Floor, str], None]  # to be told of a simulated visitor who did not come


class Clerk:
    def __init__(self, stage: Stage, branch: str, counter: str, cast: BranchCast, missed: Missed) -> None:
        self._stage = stage
        self._branch = branch
        self._counter = counter
        self._cast = cast
        self._missed = missed
        self._visit: Visit | None = None
        self._recalls = 0

    async def work(self) -> None:
        """Until it is cancelled."""
        while True:
            if self._stage.is_left_to_people(self._branch, self._counter):
                self._visit = None
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            else:
                await self._take_a_step()

    async def _take_a_step(self) -> None:
        floors = self._stage.house.floors
        floor = await floors.get_today(self._branch)
        before = floor.counter(self._counter)
        self._turn_to(floor, before.ticket)
        step = next_step(self._stage.chance, floor, before, floors.clock(), self._visit, self._recalls)
        await self._stage.pause(step.seconds, step.least, step.patience)
        floor = await floors.get_today(self._branch)
        has_changed = floor.counter(self._counter) != before
        if step.action is None or has_changed or self._stage.is_left_to_people(self._branch, self._counter):
            return
        is_done = await self._stage.act(self._branch, step.action, f"counter-{self._counter}") is not None
        if is_done and isinstance(step.action, Recall):
            self._recalls += 1
        if is_done and isinstance(step.action, MarkNoShow) and before.ticket is not None:
            self._missed(floor, before.ticket)

    def _turn_to(self, floor: Floor, label: str | None) -> None:
        """To whoever stands here now; what will happen is drawn when they are first seen."""
        if label is None:
            self._visit = None
        elif self._visit is None or self._visit.label != label:
            draw = visit if self._stage.is_ours(self._branch, floor.day, label) else visit_of_a_person
            cast = self._cast.queues[floor.ticket(label).queue]
            self._visit = draw(self._stage.chance, self._stage.shapes, cast, label)
            self._recalls = 0
