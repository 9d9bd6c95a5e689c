"""Simulated visitors: they come, take a number, and some change their mind."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import date
from typing import Any

from queue_service.demo.casts import QueueCast
from queue_service.demo.draws import Whim, gaps, pick, returns, ticket_class, whim
from queue_service.demo.shapes import Round
from queue_service.demo.stage import Stage
from queue_service.domain.actions import Cancel, CheckIn, Issue, StepAway
from queue_service.domain.floors import Floor
from queue_service.web.views import issued_answer

TOO_LONG = 25  # people waiting: who sees more turns round in the door

_WHO = "visitor"

Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True)
class Holding:
    branch: str
    day: date
    label: str


class Visitors:
    """All who come to one queue of one branch."""

    def __init__(self, stage: Stage, branch: str, queue: str, spawn: Spawn) -> None:
        self._stage = stage
        self._branch = branch
        self._queue = queue
        self._spawn = spawn

    async def come(self, cast: QueueCast, day: Round) -> None:
        """Until it is cancelled."""
        for gap in gaps(self._stage.chance, day, cast.an_hour):
            await self._stage.pause(gap)
            if await self._waiting() < TOO_LONG:
                await self._take_a_number(pick(self._stage.chance, cast.journeys) or "")

    async def _waiting(self) -> int:
        return len((await self._stage.house.floors.get_today(self._branch)).line(self._queue))

    async def _take_a_number(self, journey: str) -> None:
        classes = list(self._stage.house.branches.get(self._branch).classes)
        action = Issue(self._queue, ticket_class(self._stage.chance, classes), journey)
        told = await self._stage.act(self._branch, action, _WHO, answer=issued_answer)
        if told is None:
            return
        holding = Holding(self._branch, date.fromisoformat(told["day"]), told["label"])
        match whim(self._stage.chance):
            case Whim.CANCEL:
                self._spawn(give_up(self._stage, holding))
            case Whim.STEP_AWAY:
                self._spawn(step_away(self._stage, holding))
            case Whim.STAY:
                pass


async def give_up(stage: Stage, holding: Holding) -> None:
    await stage.pause(stage.chance.uniform(120, 900))
    await stage.act(holding.branch, Cancel(holding.label), _WHO, day=holding.day)


async def step_away(stage: Stage, holding: Holding) -> None:
    await stage.pause(stage.chance.uniform(30, 180))
    if await stage.act(holding.branch, StepAway(holding.label), _WHO, day=holding.day) is not None:
        await stage.pause(stage.chance.uniform(120, 600))
        await stage.act(holding.branch, CheckIn(holding.label), _WHO, day=holding.day)


async def miss(stage: Stage, floor: Floor, label: str) -> None:
    """They come running, are called back by the clerk, or have gone home."""
    holding = Holding(floor.branch.id, floor.day, label)
    await stage.pause(stage.chance.uniform(120, 600))
    if returns(stage.chance) and await stage.act(holding.branch, CheckIn(label), _WHO, day=holding.day) is not None:
        return
    await stage.pause(stage.chance.uniform(300, 1200))
    await stage.act(holding.branch, Cancel(label), _WHO, day=holding.day)
