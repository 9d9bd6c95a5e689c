"""The desk: every action of every person comes through `act`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from queue_service.database import Unavailable
from queue_service.domain.actions import Action
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.floors import Floors
from queue_service.journal import Basis, Beside, Conflict, Journal, Replayed, Request
from queue_service.journal.appends import Place
from queue_service.turns import Answer, Told, Turn, Wish, moment

TURNS_TRIED = 5


@dataclass(slots=True)
class Counts:
    """What an operator wants to know about the desk."""

    appends: int = 0
    conflicts: int = 0
    replays: int = 0
    turns: int = 0


def no_answer(floor: Floor, events: Sequence[Event], now: datetime) -> Told:
    return {}


class Desk:
    """Decides on floors that run ahead of the journal by what is being committed, and shows what is durable."""

    def __init__(self, journal: Journal, floors: Floors, tell_others: Callable[[Place, int], None]) -> None:
        self._journal = journal
        self._tell_others = tell_others
        self._floors = floors
        self._ahead: dict[Place, tuple[Floor, Basis]] = {}
        self._wishes: dict[Place, list[Wish]] = {}  # that wait for a turn
        self._turns: dict[Place, asyncio.Task[None]] = {}
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
        beside: Beside | None = None,
    ) -> Told:
        """What `answer` makes of the floor after the action, or the answer that the same request got before.

        `beside` is written with the action's entries. Raises a Refusal, Claimed, KeyReused or Unavailable; then
        nothing has happened.
        """
        place = self._floors.today(branch) if day is None else (branch, day)
        wish = Wish(action, by, request, answer, beside)
        try:
            if place not in self._turns:
                try:
                    return await self._attempt(place, wish)
                except Conflict:
                    self.counts.conflicts += 1
            return await self._wait_for_turn(place, wish)
        except Replayed as replay:
            self.counts.replays += 1
            known: Told = replay.answer
            return known

    async def _attempt(self, place: Place, wish: Wish) -> Told:
        floor, basis = await self._floor_ahead(place)
        now = moment(self._floors.clock, floor)
        try:
            events = decide(floor, wish.action, now)
        except Refusal:
            await basis.settle()  # nobody is refused for what is not durable yet, and may never be
            await self._check_request(wish.request)
            await self._floors.catch_up(place)
            if basis.is_broken or await self._is_left_behind(place, floor):
                raise Conflict from None  # it was decided on a floor that never was, or that others had moved on from
            raise
        after = floor.seq
        try:
            entries, told = wish.carry_out(floor, events, now)
            if entries or wish.request is not None:
                await self._journal.append(place, after, entries, basis, now, wish.request, told, wish.beside)
            else:
                await basis.settle()  # nobody is told that all is so already before it is durable
                if basis.is_broken:
                    raise Conflict
        except BaseException:
            basis.is_broken = True  # this floor holds what did not happen
            raise
        self.counts.appends += len(entries)
        await self._tell(place, entries, floor.epoch)
        return told

    async def _is_left_behind(self, place: Place, floor: Floor) -> bool:
        """Whether others have written since, also where somebody else here was the first to read it."""
        ahead, _ = self._ahead.get(place, (None, None))
        return ahead is not floor or (await self._floors.get(place)).seq > floor.seq

    async def _wait_for_turn(self, place: Place, wish: Wish) -> Told:
        self._wishes.setdefault(place, []).append(wish)
        if place not in self._turns:
            self._turns[place] = asyncio.create_task(self._take_turns(place))
        return await wish.told

    async def _take_turns(self, place: Place) -> None:
        """Until nobody waits for one; what comes meanwhile waits for the next."""
        try:
            while wishes := self._wishes.pop(place, []):
                try:
                    await self._take_turn(place, wishes)
                except Exception as error:  # nobody may be left waiting for an answer
                    for wish in wishes:
                        wish.refuse(error)
        finally:
            del self._turns[place]

    async def _take_turn(self, place: Place, wishes: Sequence[Wish]) -> None:
        for _ in range(TURNS_TRIED):
            shown = await self._floors.get(place)
            turn = Turn(place, shown.copy(), wishes, self._floors.clock)
            try:
                await self._journal.take_turn(place, shown.seq, turn.keys, turn.decide, shown.epoch, turn.claims)
            except Conflict:
                await self._floors.catch_up(place)
                continue
            self.counts.turns += 1
            self.counts.appends += turn.appended
            await self._tell(place, turn.entries, shown.epoch)
            turn.settle()
            return
        raise Unavailable("Too many others use the same keys.")

    async def _tell(self, place: Place, entries: Sequence[Entry], epoch: str) -> None:
        """Everyone who watches here, and the other processes."""
        if entries:
            self._tell_others(place, entries[-1].seq)
        if not self._floors.tell(place, entries, epoch):
            await self._floors.catch_up(place)

    async def _check_request(self, request: Request | None) -> None:
        """Raises Replayed or KeyReused. The commit finds a used key by itself; this is for what comes to no commit,
        such as a call that is refused because it has been made."""
        if request is not None and (found := await self._journal.find_answer(request)):
            raise found

    async def _floor_ahead(self, place: Place) -> tuple[Floor, Basis]:
        """The floor with everything that is being committed; after a failure, made anew from what is durable."""
        shown = await self._floors.get(place)
        ahead, basis = self._ahead.get(place, (shown, Basis(is_broken=True)))
        is_behind = ahead.seq < shown.seq or ahead.epoch != shown.epoch
        if basis.is_broken or is_behind or ahead.plan is not shown.plan:
            ahead, basis = self._ahead[place] = shown.copy(), Basis(shown.epoch)
            self._forget_past(place)
        return ahead, basis

    def _forget_past(self, place: Place) -> None:
        """Of this branch; beside today there may be days to come, which people book."""
        for old in [
            old for old in self._ahead if old[0] == place[0] and old < min(place, self._floors.today(place[0]))
        ]:
            del self._ahead[old]
