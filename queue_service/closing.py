"""What happens by the clock: those who wait as a queue closes are sent home as their branch has it, and days end."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from queue_service.database import Database
from queue_service.desk import Desk
from queue_service.domain.actions import CloseDay, Release
from queue_service.domain.branches import AtClosing, Queue
from queue_service.domain.decisions import CLOSING_AFTER
from queue_service.domain.errors import NotAllowed
from queue_service.domain.events import DayClosed
from queue_service.domain.floors import Floor
from queue_service.floors import Floors
from queue_service.journal import Journal
from queue_service.journal.chains import BEGINNING, digest_of, last_day_before
from queue_service.keeping import keep_place
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
                if not await self._close((branch, day)):
                    break  # a later day has to name the digest of this one
            else:
                self._closed_until[branch] = today

    async def _open_days(self, branch: str, today: date) -> list[date]:
        """From the newest backwards to one that is closed."""
        days: list[date] = []
        day = await self._day_before(branch, today)
        while day is not None and await self._digest((branch, day)) is None:
            days.append(day)
            day = await self._day_before(branch, day)
        return days[::-1]

    async def _close(self, place: tuple[str, date]) -> bool:
        """Not where somebody has written there just now: the next round reads it anew."""
        branch, day = place
        earlier = await self._day_before(branch, day)
        before = BEGINNING if earlier is None else await self._digest((branch, earlier)) or BEGINNING
        entries = await self._journal.read(place)
        action = CloseDay(len(entries), digest_of(place, before, entries), before)
        try:
            await self._desk.act(branch, action, CLOCK, day=day)
        except NotAllowed:
            return False
        return True

    async def _day_before(self, branch: str, day: date) -> date | None:
        return await self._database.read(lambda connection: last_day_before(connection, branch, day))

    async def _digest(self, place: tuple[str, date]) -> str | None:
        end = (await self._journal.ends([place]))[place]
        last = await self._journal.read(place, after=end - 1)
        closing = last[-1].event if last else None
        return closing.digest if isinstance(closing, DayClosed) else None


class ClosingTime:
    """Each is kept under a key of their own, so that neither a second process nor a crash keeps a place twice."""

    def __init__(self, desk: Desk, floors: Floors, branches: Branches) -> None:
        self._desk = desk
        self._floors = floors
        self._branches = branches

    async def send_home(self) -> None:
        """Raises Unavailable."""
        for branch in list(self._branches.all.values()):
            if branch.at_closing is not AtClosing.SERVE:
                floor, now = await self._floors.get_today(branch.id), self._floors.clock()
                for queue in branch.queues.values():
                    if floor.is_closed_for_today(queue.id, now):
                        await self._send_home(floor, queue, now)

    async def _send_home(self, floor: Floor, queue: Queue, now: datetime) -> None:
        opens = queue.calendar.opens_next(floor.branch.local(now))
        for ticket in floor.left_over(queue.id):
            release = Release(ticket.label)
            if any(not floor.is_closed_for_today(other, now) for other in ticket.queues):
                continue  # the visit goes on elsewhere first
            if floor.branch.at_closing is AtClosing.KEEP and opens is not None:
                day, kept = await keep_place(self._desk, floor, ticket, opens, CLOCK)
                release = Release(ticket.label, day.isoformat(), kept)
            with suppress(NotAllowed):  # cancelled, called or released by another meanwhile
                await self._desk.act(floor.branch.id, release, CLOCK, day=floor.day)
