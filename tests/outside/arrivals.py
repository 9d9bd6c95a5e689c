"""The people who come to one queue of the demo: as many as its line can bear."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date
from random import Random

from sqlalchemy import Connection

from queue_service.domain.actions import Issue
from queue_service.domain.events import Entry, Issued
from queue_service.domain.floors import Floor
from queue_service.journal import Beside
from queue_service.journal.appends import Place
from queue_service.web.house import House

LINE = 8  # of people, at most
FEWEST_SECONDS, MOST_SECONDS = 5, 20  # between two who come
FIRST_SECONDS = 10  # until the first have their numbers, at most
LOOK_SECONDS = 0.05

Register = Callable[[int], Awaitable[None]]  # one more person, with that number in the queue


class Arrivals:
    """`register` may take a while to get through: whoever has no number so far stands in the line all the same."""

    def __init__(self, house: House, branch: str, queue: str, register: Register) -> None:
        self._house = house
        self._branch = branch
        self._queue = queue
        self._register = register
        self._chance = Random()
        self._without_number = 0
        self._last = 0  # number that was given
        self._day: date | None = None
        house.floors.listen(self._on_change)

    async def first(self) -> None:
        """A whole line of them, and wait until they have their numbers."""
        await self._fill(LINE)
        deadline = asyncio.get_running_loop().time() + FIRST_SECONDS
        while self._without_number and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK_SECONDS)

    async def keep_coming(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(self._chance.uniform(FEWEST_SECONDS, MOST_SECONDS))
            await self._fill(1)

    async def _fill(self, most: int) -> None:
        floor = await self._house.floors.get_today(self._branch)
        if floor.day != self._day:
            self._day, self._last, self._without_number = floor.day, 0, 0
        for _ in range(min(most, LINE - self._without_number - len(floor.line(self._queue)))):
            self._last = max(self._last, _last_number(floor, self._queue)) + 1
            self._without_number += 1
            await self._register(self._last)

    def _on_change(self, floor: Floor, entries: Sequence[Entry], touched: Collection[str]) -> None:
        if floor.branch.id != self._branch:
            return
        for entry in entries:
            is_ours = isinstance(entry.event, Issued) and entry.event.queue == self._queue
            if is_ours and entry.by.startswith(("demo:", "system:")):
                self._without_number = max(0, self._without_number - 1)


def _last_number(floor: Floor, queue: str) -> int:
    prefix = floor.branch.queue(queue).prefix
    return max((int(label.rpartition("-")[2]) for label, t in floor.tickets.items() if t.prefix == prefix), default=0)


def at_the_desk(house: House, branch: str, queue: str) -> Register:
    """Where no SIMRS is: they show their card at our own counter."""

    async def register(number: int) -> None:
        shown = card_of(house, branch, queue, number)
        await house.desk.act(branch, Issue(queue), "demo:registration", beside=shown)

    return register


def card_of(house: House, branch: str, queue: str, number: int) -> Beside:
    """What is kept of the identity card of somebody who takes a number."""
    who = {"nik": nik_of(number), "record": f"{number:06d}"}
    write = house.people.write_from(house.branches.get(branch).queue(queue), who, "demo", house.floors.clock())
    assert write is not None

    def keep(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
        (label,) = (entry.event.label for entry in entries if isinstance(entry.event, Issued))
        write(connection, place, label)

    return Beside(keep)


def nik_of(number: int) -> str:
    return f"160499{number % 28 + 1:02d}0190{number % 10_000:04d}"
