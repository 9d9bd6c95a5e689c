"""Closing the days that are over."""

from __future__ import annotations

from datetime import date

from queue_service.database import Database
from queue_service.desk import Desk
from queue_service.domain.actions import CloseDay
from queue_service.domain.decisions import CLOSING_AFTER
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import DayClosed
from queue_service.floors import Floors
from queue_service.journal import Journal
from queue_service.journal.chains import BEGINNING, digest_of, last_day_before
from queue_service.records.branches import Branches

CLOCK = "clock"  # who does it


class Closing:
    def __init__(self, database: Database, journal: Journal, desk: Desk, floors: Floors, branches: Branches) -> None:
        self._database = database
        self._journal = journal
        self._desk = desk
        self._floors = floors
        self._branches = branches
        self._closed_until: dict[str, date] = {}

    async def close_days(self) -> None:
        """All that are over, each after the one before it. Raises Unavailable."""
        for branch, plan in self._branches.all.items():
            today = plan.day_of(self._floors.clock() - CLOSING_AFTER)
            if self._closed_until.get(branch) == today:
                continue
            for day in await self._open_days(branch, today):
                await self._close((branch, day))
            self._closed_until[branch] = today

    async def _open_days(self, branch: str, today: date) -> list[date]:
        """From the newest backwards to one that is closed."""
        days: list[date] = []
        day = await self._day_before(branch, today)
        while day is not None and await self._digest((branch, day)) is None:
            days.append(day)
            day = await self._day_before(branch, day)
        return days[::-1]

    async def _close(self, place: tuple[str, date]) -> None:
        branch, day = place
        earlier = await self._day_before(branch, day)
        before = BEGINNING if earlier is None else await self._digest((branch, earlier)) or BEGINNING
        entries = await self._journal.read(place)
        action = CloseDay(len(entries), digest_of(place, before, entries), before)
        try:
            await self._desk.act(branch, action, CLOCK, day=day)
        except NotAllowed:
            return  # somebody was quicker, or wrote just now: the next round sees it

    async def _day_before(self, branch: str, day: date) -> date | None:
        return await self._database.read(lambda connection: last_day_before(connection, branch, day))

    async def _digest(self, place: tuple[str, date]) -> str | None:
        end = (await self._journal.ends([place]))[place]
        last = await self._journal.read(place, after=end - 1)
        closing = last[-1].event if last else None
        return closing.digest if isinstance(closing, DayClosed) else None
