"""A turn at a place: what waits there is decided while nobody else can write.

The desk decides first, and learns at the commit whether another process was quicker. Where many are busy at one branch
the same one could lose again and again; so whoever has lost once takes a turn instead, and those come in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from queue_service.domain.actions import Action
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.floors import Clock
from queue_service.journal import Beside, Change, Claim, Claimed, KnownAnswer, Request
from queue_service.journal.appends import Place
from queue_service.journal.claims import Key, Ticket

Told = dict[str, Any]
Answer = Callable[[Floor, Sequence[Event], datetime], Told]


@dataclass(slots=True, eq=False)
class Wish:
    """An action that somebody waits for. `answer`: what they are told, from the floor after it."""

    action: Action
    by: str
    request: Request | None
    answer: Answer
    beside: Beside | None = None
    told: asyncio.Future[Told] = field(default_factory=asyncio.Future)

    def carry_out(self, floor: Floor, events: Iterable[Event], now: datetime) -> tuple[list[Entry], Told]:
        events = tuple(events)
        entries = [Entry(floor.seq + i, now, self.by, event) for i, event in enumerate(events, 1)]
        for entry in entries:
            apply(floor, entry)
        return entries, self.answer(floor, events, now)

    def refuse(self, error: Exception) -> None:
        if not self.told.done():
            self.told.set_exception(error)


class Turn:
    """`floor` is the turn's own: it may be decided on by another thread than the event loop's."""

    def __init__(self, place: Place, floor: Floor, wishes: Sequence[Wish], clock: Clock) -> None:
        self.place = place
        self.wishes = wishes
        self.entries: list[Entry] = []  # all that the floor has been given
        self.appended = 0  # of these, how many are the turn's own
        self._floor = floor
        self._clock = clock
        self._verdicts: list[Told | Exception] = []

    @property
    def keys(self) -> list[str]:
        return [wish.request.key for wish in self.wishes if wish.request is not None]

    @property
    def claims(self) -> list[Claim]:
        return [claim for wish in self.wishes if wish.beside is not None and (claim := wish.beside.claim) is not None]

    def decide(
        self, missed: Sequence[Entry], known: Mapping[str, KnownAnswer], held: Mapping[Key, Ticket]
    ) -> list[Change]:
        """What is to be written, after `missed`, which others have written since."""
        for entry in missed:
            apply(self._floor, entry)
        self.entries += missed
        answered, taken = dict(known), dict(held)
        changes = []
        for wish in self.wishes:
            change = self._decide_one(wish, answered, taken)
            if change is not None:
                changes.append(change)
        return changes

    def _decide_one(self, wish: Wish, answered: dict[str, KnownAnswer], taken: dict[Key, Ticket]) -> Change | None:
        if wish.request is not None and wish.request.key in answered:
            self._verdicts.append(answered[wish.request.key].verdict_on(wish.request))
            return None
        floor = self._floor
        now = moment(self._clock, floor)
        try:
            events = decide(floor, wish.action, now)
        except Refusal as refusal:
            self._verdicts.append(refusal)
            return None
        if wish.beside is not None and wish.beside.claim is not None and not wish.beside.claim.is_free(taken):
            self._verdicts.append(Claimed())
            return None
        entries, told = wish.carry_out(floor, events, now)
        self._verdicts.append(told)
        self.entries += entries
        self.appended += len(entries)
        change = Change(self.place, entries, now, wish.request, told, wish.beside)
        change.take(taken)
        if wish.request is not None:
            answered[wish.request.key] = change.known_answer
        return change

    def settle(self) -> None:
        """To be called once all of it is durable."""
        for wish, verdict in zip(self.wishes, self._verdicts, strict=True):
            if isinstance(verdict, Exception):
                wish.refuse(verdict)
            elif not wish.told.done():
                wish.told.set_result(verdict)


def moment(clock: Clock, floor: Floor) -> datetime:
    """Now; never before what the floor has seen, whatever the clocks of several machines say."""
    return max(clock(), floor.at) if floor.at else clock()
