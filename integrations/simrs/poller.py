"""Looks at the SIMRS every few seconds, and has done here what follows from what has changed there."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from integrations.contract import NotReady, Opening, Poller, Undelivered
from integrations.simrs.admissions import Admissions
from integrations.simrs.appointments import Appointments
from integrations.simrs.births import Births
from integrations.simrs.cases import CaseBook
from integrations.simrs.compare import Compared, Known, compare, without
from integrations.simrs.moments import doubt_of_clock
from integrations.simrs.rights import Rights
from integrations.simrs.settling import Settling
from integrations.simrs.snapshot import Stage
from integrations.simrs.translate import Case
from queue_service.domain.branches import Branch

if TYPE_CHECKING:
    from integrations.simrs.binlog import BinlogFollower, Heard
    from integrations.simrs.client import SimrsClient
    from integrations.simrs.settings import SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

SECOND_LOOK_SECONDS = 0.6  # until whoever is cancelled still has to be so
LEAST_SECONDS = 0.2  # from the end of a look to the next
QUIET_SECONDS = 20  # that a look may be left out for, while the log says that nothing has changed
GAP_SECONDS = 30  # without a look, or more than this: what is called by then is not told one by one
LISTEN_SECONDS = 1.0  # between two questions to the log
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
    doubted: set[str] = field(default_factory=set)  # visits that were cancelled at the last look, and not before

    @property
    def day(self) -> date:
        return self.settling.place[1]


class SimrsPoller(Poller):
    def __init__(self, opening: Opening, settings: SimrsSettings, client: SimrsClient) -> None:
        self.seconds = self._usual_seconds = settings.seconds if settings.follows == "snapshot" else LISTEN_SECONDS
        self._opening = opening
        self._settings = settings
        self._client = client
        self._appointments = Appointments(opening, settings, client)
        self._births = Births(opening, settings, client)
        self._today: Today | None = None
        self._is_checked = False
        self._log = follow_log(opening, settings)
        self._told: set[str] = set()  # doubts, each said once

    @property
    def branch(self) -> Branch:
        (branch,) = self._opening.branches()
        return branch

    async def look(self) -> None:
        """Raises Undelivered, Unavailable: then the next look does all that this one did not."""
        began = time.monotonic()
        self.seconds = self._usual_seconds
        if not self._is_checked:
            check_rights(await self._client.rights(), self._settings)
            self._is_checked = True
        try:
            today = await self._begin_day()
            await self._appointments.look(today.day)
            heard, now = await self._log.listen() if self._log else None, self._now()
            if heard is None or heard.has_changed or not self._may_rest(today, now):
                await self._follow(today, await self._see(today), heard, now)
            await self._births.look(today.day)
            if heard and self._log:
                await self._log.keep(heard.place)
            usual = SECOND_LOOK_SECONDS if today.doubted else self._usual_seconds
            self.seconds = max(usual - (time.monotonic() - began), LEAST_SECONDS)
        except Undelivered:
            self._is_checked = False  # another server may answer next time, or other rights
            raise

    def _may_rest(self, today: Today, now: datetime) -> bool:
        """Where nothing is known to have changed, and nobody waits for a second look or try."""
        is_quiet = not (today.known.missing or today.refused or today.doubted) and self._settings.leads == "simrs"
        return is_quiet and today.looked_at is not None and now - today.looked_at < timedelta(seconds=QUIET_SECONDS)

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
        if compared.alarm:
            raise Undelivered(compared.alarm)
        new = self._newly_cancelled(today, compared) - today.doubted
        today.doubted = new
        return without(compared, new) if new else compared

    def _newly_cancelled(self, today: Today, compared: Compared) -> set[str]:
        """Who has a ticket: it may be a slip of the hand there, taken back at once. They are looked at again soon."""
        return {
            change.key
            for change in compared.visits
            if change.after is not None
            and change.key in today.settling.labels
            and (visit := today.book.read(change.after)) is not None
            and visit.stage is Stage.CANCELLED
        }

    async def _follow(self, today: Today, compared: Compared, heard: Heard | None, now: datetime) -> None:
        before, after = today.known.picture, compared.known.picture
        is_gap = today.looked_at is None or now - today.looked_at > timedelta(seconds=GAP_SECONDS)
        waiting = {visit for visit, at in today.refused.items() if at <= now}
        calls = heard.calls if heard and heard.is_whole else None
        cases = today.book.cases(before, after, compared.visits, waiting, now, heard=calls, is_gap=is_gap)
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


def follow_log(opening: Opening, settings: SimrsSettings) -> BinlogFollower | None:
    """Raises NotReady."""
    if settings.follows != "binlog":
        return None
    try:
        from integrations.simrs.binlog import BinlogFollower
    except ImportError:
        raise NotReady("“follows: binlog” needs the Python package mysql-replication, which is not here.") from None
    return BinlogFollower(opening, settings)


def check_rights(rights: Rights, settings: SimrsSettings) -> None:
    """Raises Undelivered where the user may do more than read."""
    if rights.beyond and settings.rights == "refuse":
        raise Undelivered(
            f"The database user {settings.user} may do more than read ({', '.join(rights.beyond)}): nothing is read as"
            " long as that is so. Give it SELECT only."
        )
    if rights.beyond:
        log.warning("The database user %s may do more than read: %s.", settings.user, ", ".join(rights.beyond))
