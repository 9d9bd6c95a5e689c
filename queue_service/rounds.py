"""By the clock: draws are announced, closed and drawn, free places passed on, reminders sent, and limits learned."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from queue_service.database import Database
from queue_service.desk import Desk
from queue_service.domain.branches import Branch
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import DayClosed
from queue_service.domain.floors import Floor
from queue_service.domain.rounds import days_of, due, next_moment
from queue_service.domain.showing import WINDOW_DAYS, Attendance, attendance
from queue_service.floors import Floors
from queue_service.identities import winning
from queue_service.journal import Journal, chains
from queue_service.journal.appends import Place
from queue_service.records.branches import Branches
from queue_service.records.shows import days_with_shows, read_shows, write_shows
from queue_service.secrets import Secrets

log = logging.getLogger("antrean.rounds")

CLOCK = "clock"  # who does it


@dataclass(frozen=True, slots=True)
class Seen:
    """How a day was left: nothing is to be done before it is written on, set up anew, or a moment comes."""

    end: int
    branch: Branch
    shows: dict[str, Attendance] | None
    again_at: datetime | None


class Rounds:
    """Each process goes them: what one has done the others find done, since the day's journal says so."""

    def __init__(
        self, database: Database, journal: Journal, desk: Desk, floors: Floors, branches: Branches, secrets: Secrets
    ) -> None:
        self._database = database
        self._journal = journal
        self._desk = desk
        self._floors = floors
        self._branches = branches
        self._secrets = secrets
        self._seen: dict[Place, Seen] = {}
        self._shows: dict[str, dict[str, Attendance]] = {}  # by branch and queue
        self._learned_on: dict[str, date] = {}

    async def go(self) -> None:
        """Over all days on which somebody may have a place by now. Raises Unavailable."""
        now = self._floors.clock()
        branches = dict(self._branches.all)
        places = [(id_, day) for id_, branch in branches.items() for day in days_of(branch, branch.day_of(now))]
        if not places:
            return
        self._seen = {place: self._seen[place] for place in places if place in self._seen}
        for place, end in (await self._journal.ends(places)).items():
            if self._is_to_be_visited(place, end, branches[place[0]], now):
                await self._visit(place, end, now)

    def _is_to_be_visited(self, place: Place, end: int, branch: Branch, now: datetime) -> bool:
        seen, shows = self._seen.get(place), self._shows.get(place[0])
        if seen is None or seen.end != end or seen.branch is not branch or seen.shows is not shows:
            return True
        return seen.again_at is not None and seen.again_at <= now

    async def _visit(self, place: Place, end: int, now: datetime) -> None:
        floor = await self._floor(place, end)
        shows = self._shows.get(place[0])
        for queue in floor.branch.queues.values():
            seeds = self._seeds(place, queue.id)
            known = None if shows is None else shows.get(queue.id, Attendance())
            for action in due(floor, queue, now, known, seeds):
                with suppress(Refusal):
                    if decide(floor, action, now):
                        await self._desk.act(place[0], action, CLOCK, day=place[1], beside=winning)
            self._warn(floor, queue.id, seeds, now)
        moments = (next_moment(floor, queue, now) for queue in floor.branch.queues.values())
        again_at = min((moment for moment in moments if moment is not None), default=None)
        self._seen[place] = Seen(floor.seq, floor.branch, shows, again_at)

    async def _floor(self, place: Place, end: int) -> Floor:
        """Current; a day on which nothing has happened need not be read, nor kept."""
        if end == 0 and self._floors.find(place) is None:
            return Floor(self._branches.get(place[0]), place[1])
        await self._floors.catch_up(place)
        return await self._floors.get(place)

    def _seeds(self, place: Place, queue: str) -> list[str]:
        """Derived, never stored, and always the same: nobody can try several and keep the one they like."""
        words = f"{place[0]}/{place[1].isoformat()}/{queue}".encode()
        return [digest.hex() for digest in self._secrets.digests("draw", words)]

    def _warn(self, floor: Floor, queue: str, seeds: list[str], now: datetime) -> None:
        draw = floor.lots.draws.get(queue)
        if draw is not None and not draw.is_drawn and now >= draw.announced.drawn_at:
            log.error("The draw of %s on %s needs the ANTREAN_SECRET that it was announced with.", queue, floor.day)

    async def learn(self) -> None:
        """From days that were closed since: who came of those who had booked. Raises Unavailable."""
        for branch in list(self._branches.all.values()):
            today = branch.day_of(self._floors.clock())
            overbooks = any(queue.booking and queue.booking.overbook_percent for queue in branch.queues.values())
            if overbooks and self._learned_on.get(branch.id) != today and await self._learn(branch, today):
                self._learned_on[branch.id] = today

    async def _learn(self, branch: Branch, today: date) -> bool:
        """Whether every day up to this one was closed."""
        since = today - timedelta(days=WINDOW_DAYS)
        days = await self._database.read(lambda connection: chains.days_of(connection, branch.id, today))
        known = await self._database.read(lambda connection: days_with_shows(connection, branch.id, since))
        is_all_closed = True
        for day in days:
            if day >= since and day not in known:
                is_all_closed &= await self._count(branch, day)
        shows = await self._database.read(lambda connection: read_shows(connection, branch.id, since))
        if shows != self._shows.get(branch.id):
            self._shows[branch.id] = shows
        return is_all_closed

    async def _count(self, branch: Branch, day: date) -> bool:
        entries = await self._journal.read((branch.id, day))
        if not entries or not isinstance(entries[-1].event, DayClosed):
            return False
        found = attendance(entries)
        booking = (queue.id for queue in branch.queues.values() if queue.booking)
        counts = {**dict.fromkeys(booking, Attendance()), **found}
        with suppress(IntegrityError):  # another process was quicker
            await self._database.write(lambda connection: write_shows(connection, branch.id, day, counts))
        return True
