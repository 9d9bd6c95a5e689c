"""The desk: every action of every person comes through `act`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from queue_service.database import Unavailable
from queue_service.domain.actions import Action
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.floors import Floors
from queue_service.journal import Basis, Conflict, Journal, Replayed, Request
from queue_service.journal.appends import Place

log = logging.getLogger("antrean.desk")

PATIENCE_SECONDS = 5.0  # with other processes that write to the same journal and are quicker each time

Answer = Callable[[Floor, Sequence[Event], datetime], dict[str, Any]]


@dataclass(slots=True)
class Counts:
    """What an operator wants to know about the desk."""

    appends: int = 0
    conflicts: int = 0
    replays: int = 0


def no_answer(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
    return {}


class Desk:
    """Decides on floors that run ahead of the journal by what is being committed, and shows what is durable."""

    def __init__(self, journal: Journal, floors: Floors) -> None:
        self._journal = journal
        self._floors = floors
        self._ahead: dict[Place, tuple[Floor, Basis]] = {}
        self.counts = Counts()

    async def act(
        self,
        branch: str,
        action: Action,
        by: str,
        *,
        day: date | None = None,
        request: Request | None = None,
        answer: Answer = no_answer,
    ) -> dict[str, Any]:
        """What `answer` makes of the floor after the action, or the answer that the same request got before.

        Raises a Refusal, KeyReused or Unavailable; then nothing has happened.
        """
        place = self._floors.today(branch) if day is None else (branch, day)
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                return await self._attempt(place, action, by, request, answer)
            except Replayed as replay:
                self.counts.replays += 1
                known: dict[str, Any] = replay.answer
                return known
            except Conflict:
                self.counts.conflicts += 1
                await self._floors.catch_up(place)
        raise Unavailable("Too many others write to this journal.")

    async def _attempt(
        self, place: Place, action: Action, by: str, request: Request | None, answer: Answer
    ) -> dict[str, Any]:
        floor, basis = await self._floor_ahead(place)
        now = max(self._floors.clock(), floor.at) if floor.at else self._floors.clock()
        try:
            events = decide(floor, action, now)
        except Refusal:
            await basis.settle()  # nobody is refused for what is not durable yet, and may never be
            await self._check_request(request)
            if basis.is_broken or await self._floors.catch_up(place):
                raise Conflict from None  # it was decided on a floor that never was, or that others had moved on from
            raise
        after = floor.seq
        entries = [Entry(after + i, now, by, event) for i, event in enumerate(events, 1)]
        try:
            for entry in entries:
                apply(floor, entry)
            told = answer(floor, events, now)
            if entries or request is not None:
                await self._journal.append(place, after, entries, basis, now, request, told)
            else:
                await basis.settle()  # nobody is told that all is so already before it is durable
                if basis.is_broken:
                    raise Conflict
        except BaseException:
            basis.is_broken = True  # this floor holds what did not happen
            raise
        self.counts.appends += len(entries)
        if not self._floors.tell(place, entries):
            await self._floors.catch_up(place)
        return told

    async def _check_request(self, request: Request | None) -> None:
        """Raises Replayed or KeyReused. The commit finds a used key by itself; this is for what comes to no commit,
        such as a call that is refused because it has been made."""
        if request is not None and (found := await self._journal.find_answer(request)):
            raise found

    async def _floor_ahead(self, place: Place) -> tuple[Floor, Basis]:
        """The floor with everything that is being committed; after a failure, made anew from what is durable."""
        shown = await self._floors.get(place)
        ahead, basis = self._ahead.get(place, (shown, Basis(is_broken=True)))
        if basis.is_broken or ahead.seq < shown.seq or ahead.branch is not shown.branch:
            ahead, basis = self._ahead[place] = shown.copy(), Basis()
            self._forget_past(place)
        return ahead, basis

    def _forget_past(self, place: Place) -> None:
        for old in [old for old in self._ahead if old[0] == place[0] and old != place]:
            del self._ahead[old]
