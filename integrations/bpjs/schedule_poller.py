"""The insurer's register of doctors, asked a few times a day: its days off close ours, what else differs is told.

A day off is closed by an exception in the branch's set-up, as an administrator would write it: it shows on every page,
keeps bookings away, stands in the audit trail, and goes when the register takes it back. Hours and places are promises
to those who have booked: they are changed by a person only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from integrations.bpjs.calls import Slot
from integrations.bpjs.client import Refused
from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.line import Line
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.schedules import (
    DAY_OFF,
    Register,
    days_ahead,
    days_off,
    differences,
    exceptions_with,
)
from integrations.contract import Opening, Poller, Undelivered
from queue_service.domain.branches import Branch
from queue_service.domain.tickets import Status
from queue_service.records.set_ups import BRANCHES, Change, ChangedMeanwhile, NotFitting, etag_of, make, read_pieces

log = logging.getLogger("antrean.bpjs")

DAYS = 8  # from today on: what Mobile JKN offers
EVERY_SECONDS = 6 * 3600.0


class SchedulePoller(Poller):
    seconds = EVERY_SECONDS

    def __init__(self, opening: Opening, clinics: Sequence[ClinicPlan], line: Line) -> None:
        self._opening = opening
        self._clinics = clinics
        self.line = line
        self._told: set[str] = set()

    async def look(self) -> None:
        for branch in self._opening.branches():
            register = await read_register(self.line, self._clinics_of(branch), self._today(branch))
            await close_days_off(self._opening, branch, self._clinics_of(branch), register)
            now = self._opening.house.branches.get(branch.id)
            found = {each.sentence for each in differences(now, self._clinics_of(branch), register)}
            for sentence in sorted(found - self._told):
                log.warning("HFIS and the set-up differ: %s", sentence)
            self._told |= found

    async def close(self) -> None:
        await self.line.close()

    def _clinics_of(self, branch: Branch) -> list[ClinicPlan]:
        return clinics_of(branch, self._clinics)

    def _today(self, branch: Branch) -> date:
        return branch.day_of(self._opening.house.floors.clock())


def clinics_of(branch: Branch, clinics: Sequence[ClinicPlan]) -> list[ClinicPlan]:
    return [clinic for clinic in clinics if clinic.queue in branch.queues]


async def read_register(line: Line, clinics: Sequence[ClinicPlan], today: date) -> Register:
    """Each clinic and day is asked for once. Raises Undelivered."""
    register: dict[tuple[str, date], list[Slot]] = {}
    for poli in dict.fromkeys(clinic.poli for clinic in clinics):
        for day in days_ahead(today, DAYS):
            register[poli, day] = await _slots(line, poli, day)
    return register


async def _slots(line: Line, poli: str, day: date) -> list[Slot]:
    try:
        return await line.ask(lambda: line.calls.schedule(poli, day))
    except Refused as error:
        if error.verdict.meaning is Meaning.UNKNOWN_BOOKING:
            return []
        raise Undelivered(str(error), is_refused=True) from error


async def close_days_off(opening: Opening, branch: Branch, clinics: Sequence[ClinicPlan], register: Register) -> None:
    """Those of the register are closed afterwards, and what it has opened again is open."""
    house, off = opening.house, list(days_off(clinics, register))
    now = house.floors.clock()

    def work(connection: Connection) -> bool:
        piece = read_pieces(connection)[BRANCHES][branch.id]
        exceptions = exceptions_with(piece["exceptions"], off, {day for _, day in register})
        if exceptions == piece["exceptions"]:
            return False
        content = {**piece, "exceptions": exceptions}
        make(connection, Change(BRANCHES, branch.id, content, etag_of(piece), f"system:{opening.connection}"), now)
        return True

    try:
        is_changed = await house.database.write(work)
    except (ChangedMeanwhile, NotFitting) as error:
        raise Undelivered(f"the days off of {branch.id} could not be taken up: {error!r}") from error
    if is_changed:
        await house.floors.take_up()
        for day, queue in off:
            booked = await _booked(opening, branch, day, queue)
            log.warning("%s is closed on %s: %s. %d have booked for it", queue, day, DAY_OFF["en"], booked)


async def _booked(opening: Opening, branch: Branch, day: date, queue: str) -> int:
    floor = await opening.house.floors.get((branch.id, day))
    return sum(ticket.queue == queue and ticket.status is Status.BOOKED for ticket in floor.tickets.values())
