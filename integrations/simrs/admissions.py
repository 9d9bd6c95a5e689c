"""Numbers that the SIMRS gives out before registration, and calls to its desks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from integrations.acting import act
from integrations.contract import Opening
from integrations.simrs.compare import changes
from integrations.simrs.moments import AHEAD
from integrations.simrs.snapshot import Drawn, Row, Unreadable, read_drawn
from queue_service.domain.actions import Issue, LedCall, LedComplete, OfPeople
from queue_service.domain.errors import Refusal
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import AT_COUNTER, Status, label_of
from queue_service.journal.appends import Place as Day

if TYPE_CHECKING:
    from integrations.simrs.settings import AdmissionPlan, SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

Numbers = Mapping[tuple[str, ...], Row]


class Admissions:
    """Their numbers are the tickets': a row is known by its queue and number."""

    def __init__(self, opening: Opening, settings: SimrsSettings, place: Day, zone: ZoneInfo) -> None:
        self._opening = opening
        self._plans = settings.admission
        self._leads = settings.leads == "simrs"
        self._place = place
        self._zone = zone

    async def follow(self, before: Numbers, after: Numbers, *, is_gap: bool) -> None:
        """After a gap only those are called who are at the desks now. Raises Unavailable."""
        if not self._plans:
            return
        found = [each for change in changes(before, after) if change.after and (each := self._read(change.after))]
        found.sort(key=lambda each: each[1].called_at or each[1].drawn_at or datetime.min.replace(tzinfo=self._zone))
        at_desks = {drawn.desk: drawn.number for _, drawn in found if is_called(drawn)}
        for plan, drawn in found:
            try:
                await self._tell(plan, drawn, is_current=not is_gap or at_desks.get(drawn.desk) == drawn.number)
            except Refusal as refusal:
                log.warning("%s: number %s of %s: %s", self._opening.connection, drawn.number, plan.queue, refusal)

    def _read(self, row: Row) -> tuple[AdmissionPlan, Drawn] | None:
        try:
            drawn = read_drawn(row, self._zone)
        except Unreadable as error:
            log.warning("%s: %s", self._opening.connection, error)
            return None
        plan = next((plan for plan in self._plans if plan.kind in (None, drawn.kind)), None)
        return (plan, drawn) if plan else None

    async def _tell(self, plan: AdmissionPlan, drawn: Drawn, *, is_current: bool) -> None:
        label = label_of((await self._floor()).branch.queue(plan.queue).prefix, drawn.number)
        if label not in (await self._floor()).tickets:
            await self._act(label, "issue", Issue(plan.queue, number=drawn.number), drawn.drawn_at)
        if not self._leads:
            return
        floor = await self._floor()
        ticket, counter = floor.ticket(label), self._counter(plan, drawn)
        if drawn.is_done:
            await self._act(label, "complete", LedComplete(label), None)
        elif not is_called(drawn) or ticket.queue != plan.queue or ticket.status in (*AT_COUNTER, Status.CANCELLED):
            return
        elif is_current and counter and ticket.status is not Status.COMPLETED:
            await self._make_free(floor, plan, counter)
            await self._act(label, "call", LedCall(label, counter), drawn.called_at)
        elif ticket.status is not Status.COMPLETED:
            await self._act(label, "complete", LedComplete(label), None)

    async def _make_free(self, floor: Floor, plan: AdmissionPlan, counter: str) -> None:
        """A desk that calls the next is done with the one before: no row says so."""
        here = floor.ticket_at(floor.counter(counter))
        if here is not None and here.queue == plan.queue:
            await self._act(here.label, "complete", LedComplete(here.label), None)

    def _counter(self, plan: AdmissionPlan, drawn: Drawn) -> str:
        counters = self._opening.house.branches.all[self._place[0]].counters
        named = plan.desks.get(drawn.desk, drawn.desk)
        return named if named in counters else ""

    async def _floor(self) -> Floor:
        return await self._opening.house.floors.get(self._place)

    async def _act(self, label: str, kind: str, action: OfPeople, at: datetime | None) -> dict[str, Any]:
        branch, day = self._place
        if at is not None and at > self._opening.house.floors.clock() + AHEAD:
            at = None
        key = f"number {label}:{kind}:{at.isoformat() if at else ''}"
        return await act(self._opening, branch, action, key, day=day, occurred=at)


def is_called(drawn: Drawn) -> bool:
    return drawn.called_at is not None or bool(drawn.desk and drawn.desk != "0")
