"""Where the play runs: the house, how fast time goes, and what the simulated people must know about real ones."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Coroutine, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any

from queue_service.database import Unavailable
from queue_service.demo.outside import Shows
from queue_service.demo.shapes import DayShapes
from queue_service.desk import no_answer
from queue_service.domain.actions import Action, Issue
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Cancelled, Completed, Entry, Issued
from queue_service.domain.floors import Floor
from queue_service.floors import place_of
from queue_service.turns import Answer
from queue_service.web.house import House

log = logging.getLogger("antrean.demo")

BY = "demo:"
_PLAYED = (BY, "system:")  # the systems beside the play belong to it
LEFT_ALONE_SECONDS = 180.0  # real ones, after the last thing that a person did at a counter
_AWAY_SECONDS = 2.0  # before another try when the database is away
_RUSHED = 60.0  # seconds of the day: more than this no least time may cost

Ticket = tuple[str, date, str]  # branch, day, label


class Stage:
    def __init__(self, house: House, shapes: DayShapes, chance: Random, speed: float) -> None:
        self.house = house
        self.shapes = shapes
        self.chance = chance
        self.speed = speed
        self.done: Counter[str] = Counter()  # by the action's name
        self.refused: Counter[str] = Counter()  # by code
        self.fed: set[tuple[str, str]] = set()  # branch and queue: nobody comes there by themselves
        self.shows: Mapping[str, Shows] = {}
        self._people_until: dict[tuple[str, str], float] = {}
        self._ours: set[Ticket] = set()
        self._acting: set[asyncio.Task[dict[str, Any]]] = set()
        house.floors.listen(self._on_change)

    async def act(
        self, branch: str, action: Action, who: str, *, day: date | None = None, answer: Answer = no_answer
    ) -> dict[str, Any] | None:
        """As `desk.act`. None when it was refused: that is a normal event, between people, and is counted."""
        shows = self.shows.get(branch) if isinstance(action, Issue) else None
        beside = shows(action.queue) if shows and isinstance(action, Issue) else None
        act = self.house.desk.act
        try:
            told = await self._see_through(act(branch, action, f"{BY}{who}", day=day, answer=answer, beside=beside))
        except Refusal as refusal:
            self.refused[refusal.code] += 1
            return None
        except Unavailable as error:
            log.warning("The database is away, the play waits: %s", error)
            self.refused["unavailable"] += 1
            await asyncio.sleep(_AWAY_SECONDS)
            return None
        self.done[type(action).__name__] += 1
        return told

    async def _see_through(self, acting: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
        """What was begun is finished even when the play is ended meanwhile: the database is not left in the middle."""
        task = asyncio.create_task(acting)
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Waits for what was begun."""
        await asyncio.gather(*self._acting, return_exceptions=True)

    async def pause(self, seconds: float, least: float = 0.0, patience: float = 0.0) -> None:
        """As a `Step` has them."""
        await asyncio.sleep(max(seconds / self.speed, min(least, _RUSHED / self.speed), patience))

    def is_left_to_people(self, branch: str, counter: str) -> bool:
        return asyncio.get_running_loop().time() < self._people_until.get((branch, counter), 0.0)

    async def recognise(self, branch: str) -> None:
        """The simulated visitors of an earlier run today."""
        place = self.house.floors.today(branch)
        self._note_tickets(*place, await self.house.journal.read(place))

    def is_ours(self, branch: str, day: date, label: str) -> bool:
        """Whether a simulated visitor holds the ticket. All others are taken for real people's."""
        return (branch, day, label) in self._ours

    def _on_change(self, floor: Floor, entries: Sequence[Entry], touched: Collection[str]) -> None:
        branch, day = place_of(floor)
        for entry in entries:
            counter = getattr(entry.event, "counter", None)
            if counter is not None and not entry.by.startswith(_PLAYED):
                self._people_until[branch, counter] = asyncio.get_running_loop().time() + LEFT_ALONE_SECONDS
        self._note_tickets(branch, day, entries)

    def _note_tickets(self, branch: str, day: date, entries: Sequence[Entry]) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, Issued) and entry.by.startswith(_PLAYED):
                self._forget_other_days(branch, day)
                self._ours.add((branch, day, event.label))
            elif isinstance(event, (Completed, Cancelled)):
                self._ours.discard((branch, day, event.label))

    def _forget_other_days(self, branch: str, day: date) -> None:
        self._ours -= {ticket for ticket in self._ours if ticket[0] == branch and ticket[1] != day}
