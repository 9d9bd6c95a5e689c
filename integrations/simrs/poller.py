"""Looks at the SIMRS every few seconds, and has done here what follows from what has changed there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from integrations.contract import Opening, Poller, Undelivered
from integrations.simrs.admissions import Admissions
from integrations.simrs.appointments import Appointments
from integrations.simrs.cases import CaseBook
from integrations.simrs.compare import Compared, Known, compare
from integrations.simrs.moments import doubt_of_clock
from integrations.simrs.rights import Rights
from integrations.simrs.settling import Settling
from integrations.simrs.snapshot import Stage
from integrations.simrs.translate import Case
from queue_service.domain.branches import Branch

if TYPE_CHECKING:
    from integrations.simrs.client import SimrsClient
    from integrations.simrs.settings import SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

SECOND_LOOK_SECONDS = 0.6  # whoever is cancelled still has to be so then
GAP_SECONDS = 30  # without a look, or more than this: what is called by then is not told one by one
TRY_AGAIN = timedelta(seconds=20)  # what was refused


@dataclass
class Today:
    """What is known of one day."""

    settling: Settling
    book: CaseBook
    admissions: Admissions
    known: Known = field(default_factory=Known)
    refused: dict[str, datetime] = field(default_factory=dict)  # by visit; when to try again
    looked_at: datetime | None = None

    @property
    def day(self) -> date:
        return self.settling.place[1]


class SimrsPoller(Poller):
    def __init__(self, opening: Opening, settings: SimrsSettings, client: SimrsClient) -> None:
        self.seconds = settings.seconds
        self._opening = opening
        self._settings = settings
        self._client = client
        self._appointments = Appointments(opening, settings, client)
        self._today: Today | None = None
        self._is_checked = False
        self._told: set[str] = set()  # doubts, each said once

    @property
    def branch(self) -> Branch:
        (branch,) = self._opening.branches()
        return branch

    async def look(self) -> None:
        """Raises Undelivered, Unavailable: then the next look does all that this one did not."""
        if not self._is_checked:
            check_rights(await self._client.rights(), self._settings)
            self._is_checked = True
        try:
            today = await self._begin_day()
            await self._appointments.look(today.day)
            now = self._now()
            compared = await self._see(today)
            await self._follow(today, compared, now)
        except Undelivered:
            self._is_checked = False  # another server may answer next time, or other rights
            raise

    async def close(self) -> None:
        await self._client.close()

    async def _begin_day(self) -> Today:
        day = self.branch.day_of(self._now())
        if self._today is None or self._today.day != day:
            settling = Settling(self._opening, self._settings, self._client, (self.branch.id, day))
            await settling.begin()
            admissions = Admissions(self._opening, self._settings, (self.branch.id, day), self.branch.timezone)
            self._today = Today(settling, CaseBook(self._settings, self.branch), admissions)
            self._told.clear()
        return self._today

    async def _see(self, today: Today) -> Compared:
        """Raises Undelivered where what is seen cannot be believed."""
        compared = compare(today.known, await self._client.picture(today.day))
        if not compared.alarm and self._newly_cancelled(today, compared):
            await asyncio.sleep(SECOND_LOOK_SECONDS)
            compared = compare(today.known, await self._client.picture(today.day))
        if compared.alarm:
            raise Undelivered(compared.alarm)
        return compared

    def _newly_cancelled(self, today: Today, compared: Compared) -> bool:
        """Somebody with a ticket: it may have been a slip of the hand there, taken back at once."""
        for change in compared.visits:
            visit = today.book.read(change.after) if change.after else None
            if visit and visit.stage is Stage.CANCELLED and change.key in today.settling.labels:
                return True
        return False

    async def _follow(self, today: Today, compared: Compared, now: datetime) -> None:
        before, after = today.known.picture, compared.known.picture
        is_gap = today.looked_at is None or now - today.looked_at > timedelta(seconds=GAP_SECONDS)
        waiting = {visit for visit, at in today.refused.items() if at <= now}
        cases = today.book.cases(before, after, compared.visits, waiting, now, is_gap=is_gap)
        self._say_doubts(today, cases, is_gap=is_gap, now=now)
        if is_gap and cases:
            log.info("%s: caught up with %s registrations.", self._opening.connection, len(cases))
        await self._opening.house.floors.catch_up(today.settling.place)
        await self._adopt_bookings(today, cases)
        await today.settling.learn(cases)
        for case in cases:
            await self._settle(today, case, now)
        await today.admissions.follow(before.numbers, after.numbers, is_gap=is_gap)
        today.known, today.looked_at = compared.known, now

    async def _settle(self, today: Today, case: Case, now: datetime) -> None:
        refusal = await today.settling.settle(case)
        if not refusal:
            today.refused.pop(case.id, None)
            return
        if case.id not in today.refused:
            log.warning("%s: nothing is done about %s now: %s", self._opening.connection, case.id, refusal)
        today.refused[case.id] = now + TRY_AGAIN

    async def _adopt_bookings(self, today: Today, cases: Iterable[Case]) -> None:
        for case in cases:
            if case.visit and case.id not in today.settling.labels:
                label = await self._appointments.label_of(case.visit, today.day)
                if label:
                    today.settling.labels[case.id] = label

    def _say_doubts(self, today: Today, cases: Iterable[Case], *, is_gap: bool, now: datetime) -> None:
        said = list(today.book.take_doubts())
        new = [case.visit.registered_at for case in cases if case.visit and case.id not in today.settling.labels]
        newest = max((moment for moment in new if moment), default=None)
        if newest and not is_gap and (doubt := doubt_of_clock(newest, now)):
            said.append(f"{doubt}; is a time zone wrong?")
        for doubt in said:
            if doubt not in self._told:
                self._told.add(doubt)
                log.warning("%s: %s", self._opening.connection, doubt)

    def _now(self) -> datetime:
        return self._opening.house.floors.clock()


def check_rights(rights: Rights, settings: SimrsSettings) -> None:
    """Raises Undelivered where the user may do more than read."""
    if rights.beyond and settings.rights == "refuse":
        raise Undelivered(
            f"The database user {settings.user} may do more than read ({', '.join(rights.beyond)}): nothing is read as"
            " long as that is so. Give it SELECT only."
        )
    if rights.beyond:
        log.warning("The database user %s may do more than read: %s.", settings.user, ", ".join(rights.beyond))
