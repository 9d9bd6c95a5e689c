"""Births that the SIMRS notes: each mother is offered the errand at the civil registry, and decides herself."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from integrations.acting import act
from integrations.contract import Opening
from integrations.simrs.client import SimrsClient
from integrations.simrs.settling import SOURCE, is_readable
from integrations.simrs.snapshot import Birth, read_birth
from integrations.simrs.translate import VISIT, masked
from queue_service.domain.actions import Issue
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.referrals import Standing
from queue_service.journal import Beside
from queue_service.journal.appends import Place
from queue_service.records.identifiers import Identifier, find_identifier, keep_identifier
from queue_service.records.people.people import Write
from queue_service.tokens import TicketName

if TYPE_CHECKING:
    from integrations.simrs.settings import BirthsPlan, SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

BIRTH = "simrs-birth"  # the number that a mother was given because of it
REST = timedelta(seconds=5)
TRY_AGAIN = timedelta(minutes=1)  # what was refused, and who has no number yet


class Births:
    def __init__(self, opening: Opening, settings: SimrsSettings, client: SimrsClient) -> None:
        self._opening = opening
        self._settings = settings
        self._client = client
        self._looked_at: datetime | None = None
        self._offered: set[str] = set()  # by the mother's registration: of twins, once
        self._spared: set[str] = set()
        self._again: dict[str, datetime] = {}

    async def look(self, today: date) -> None:
        """Raises Undelivered, Unavailable."""
        plan, now = self._settings.births, self._opening.house.floors.clock()
        if plan is None or (self._looked_at is not None and now - self._looked_at < REST):
            return
        rows = await self._client.births(today - timedelta(days=plan.days), today)
        births = list(map(read_birth, rows))
        bereaved = {birth.mother for birth in births if birth.is_bereaved}
        for birth in {birth.mother: birth for birth in births}.values():
            if birth.mother in bereaved - self._spared:
                await self._spare(birth)
            elif birth.mother not in self._offered | bereaved and self._again.get(birth.mother, now) <= now:
                await self._offer(birth, plan, now)
        self._looked_at = now

    async def _spare(self, birth: Birth) -> None:
        """Who mourns is not asked, or not any more."""
        referring = self._opening.house.referring
        with suppress(Refusal):  # there is none, or she has just answered
            referral = await referring.get(self._key(birth))
            if referral.standing is Standing.OFFERED:
                await referring.withdraw(referral, self._by)
        self._spared.add(birth.mother)

    async def _offer(self, birth: Birth, plan: BirthsPlan, now: datetime) -> None:
        try:
            ticket = await self._ticket_of(birth, plan)
            if ticket is None:
                reason = "has no number here, and “births” names no queue that gives one"
                return self._put_off(birth, now, reason)
            await self._opening.house.referring.offer(ticket, plan.errand, self._by, self._key(birth))
        except Refusal as refusal:
            return self._put_off(birth, now, str(refusal))
        self._offered.add(birth.mother)
        self._again.pop(birth.mother, None)

    @property
    def _by(self) -> str:
        return f"system:{self._opening.connection}"

    def _key(self, birth: Birth) -> str:
        """The referral's id: with the same one nothing is offered twice."""
        return hashlib.sha256(f"{self._opening.connection}\nbirth {birth.mother}".encode()).hexdigest()[:16]

    def _put_off(self, birth: Birth, now: datetime, reason: str) -> None:
        if birth.mother not in self._again:
            log.warning("%s: the birth of %s is offered no errand: %s", self._opening.connection, birth.mother, reason)
        self._again[birth.mother] = now + TRY_AGAIN

    async def _ticket_of(self, birth: Birth, plan: BirthsPlan) -> TicketName | None:
        """The mother's: of her registration, else one that she is given now."""
        (branch,) = self._opening.branches()

        def find(connection: Connection) -> Identifier | None:
            known = find_identifier(connection, branch.id, VISIT, birth.mother)
            return known or find_identifier(connection, branch.id, BIRTH, birth.mother)

        known = await self._opening.house.database.read(find)
        if known is not None:
            return TicketName(branch.id, known.day, known.label)
        return None if plan.queue is None else await self._issue(birth, branch.id, plan.queue)

    async def _issue(self, birth: Birth, branch: str, queue: str) -> TicketName:
        """Raises a Refusal, such as while the queue is closed."""
        write = await self._people(birth, queue)

        def answer(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
            return {"label": getattr(events[0], "label", "")}

        def beside(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            label = getattr(entries[0].event, "label", "")
            keep_identifier(connection, Identifier(branch, BIRTH, birth.mother, place[1], label))
            if write:
                write(connection, place, label)

        _, day = self._opening.house.floors.today(branch)
        key = f"birth {birth.mother}"
        told = await act(self._opening, branch, Issue(queue), key, day=day, answer=answer, beside=Beside(beside))
        return TicketName(branch, day, told["label"])

    async def _people(self, birth: Birth, queue: str) -> Write | None:
        """Of the mother, no more than the settings name."""
        settings, house = self._settings, self._opening.house
        asked: list[str] = [field for field in settings.people if field != "record"]
        asked += ["name"] if settings.name else []
        found = (await self._client.patients(asked, [birth.record])).get(birth.record, {})
        given: dict[str, str] = {field: found.get(field, "") for field in settings.people}
        if "record" in given:
            given["record"] = birth.record
        given["name"] = masked(found.get("name", "")) if settings.name else ""
        kept = {field: text for field, text in given.items() if is_readable(field, text)}
        (branch,) = self._opening.branches()
        return house.people.write_from(branch.queue(queue), kept, SOURCE, house.floors.clock()) if kept else None
