"""Makes tickets stand as their visits do, by the same actions as people's, until nothing is left to do."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from integrations.acting import act
from integrations.contract import Opening
from integrations.simrs.client import SimrsClient
from integrations.simrs.translate import (
    BOOKING_CODE,
    ENCOUNTER,
    PRESCRIPTION,
    VISIT,
    Case,
    Link,
    Step,
    after,
    free_number,
    masked,
    next_step,
)
from queue_service.domain.actions import Issue
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.journeys import stages_of
from queue_service.journal import Beside
from queue_service.journal.appends import Place as Day
from queue_service.records.identifiers import Identifier, find_identifier, identifiers_on, keep_identifier
from queue_service.records.people.given import read_values
from queue_service.records.people.people import Write

if TYPE_CHECKING:
    from integrations.simrs.settings import SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

MOST_STEPS = 8  # of one visit at one look
SOURCE = "simrs"


class Settling:
    """Of one day at one branch. `labels`: by visit; kept in memory beside the table of identifiers."""

    def __init__(self, opening: Opening, settings: SimrsSettings, client: SimrsClient, place: Day) -> None:
        self.place = place
        self.labels: dict[str, str] = {}
        self._linked: set[Link] = set()
        self._opening = opening
        self._settings = settings
        self._client = client
        self._patients: Mapping[str, Mapping[str, str]] = {}

    @property
    def branch(self) -> Branch:
        return self._opening.house.branches.all[self.place[0]]

    async def begin(self) -> None:
        """With what is known already. Raises Unavailable."""
        branch, day = self.place

        def read(connection: Connection) -> list[Identifier]:
            return [
                known
                for system in (VISIT, PRESCRIPTION, BOOKING_CODE, ENCOUNTER)
                for known in identifiers_on(connection, branch, system, day)
            ]

        for known in await self._opening.house.database.read(read):
            self._linked.add((known.system, known.value))
            if known.system == VISIT:
                self.labels[known.value] = known.label

    async def floor(self) -> Floor:
        return await self._opening.house.floors.get(self.place)

    async def learn(self, cases: Iterable[Case]) -> None:
        """Of who is new, what the settings name of them, all in one question. Raises Undelivered."""
        fields: list[str] = [field for field in self._settings.people if field != "record"]
        fields += ["name"] if self._settings.name else []
        new = [case.visit.record for case in cases if case.visit and case.id not in self.labels and not case.is_gone]
        self._patients = await self._client.patients(fields, new)

    async def settle(self, case: Case) -> str:
        """Why it cannot be done now; nothing, where it is. Raises Unavailable."""
        done: set[str] = set()
        try:
            await self._adopt(case)
            for _ in range(MOST_STEPS):
                floor = await self.floor()
                step = next_step(case, floor.tickets.get(self.labels.get(case.id, "")))
                if step is None or step.key in done:
                    break
                done.add(step.key)
                await self._do(case, step, floor)
                case = after(case, step)
            await self._link(case)
        except Refusal as refusal:
            return str(refusal)
        return ""

    async def _adopt(self, case: Case) -> None:
        """A ticket that its booking has already here."""
        if case.id in self.labels or case.visit is None or not case.visit.code:
            return
        branch, day = self.place
        code = case.visit.code

        def look(connection: Connection) -> Identifier | None:
            return find_identifier(connection, branch, BOOKING_CODE, code)

        known = await self._opening.house.database.read(look)
        if known is not None and known.day == day:
            self.labels[case.id] = known.label

    async def _do(self, case: Case, step: Step, floor: Floor) -> None:
        action, write = step.action, None
        if isinstance(action, Issue):
            if action.number is not None:
                prefix = floor.branch.queue(action.queue).prefix
                action = replace(action, number=free_number(prefix, action.number, floor.tickets))
            stops = stages_of(self.branch.journey(action.journey)) if action.journey else ()
            write = self._people(case, stops[0][0].queue if stops else action.queue)
        label, new = self.labels.get(case.id, ""), self._new_links(case)

        def answer(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
            return {"label": label or getattr(events[0], "label", "")}

        def beside(connection: Connection, place: Day, entries: Sequence[Entry]) -> None:
            named = label or getattr(entries[0].event, "label", "")
            self._keep(connection, named, new, case)
            if write:
                write(connection, place, named)

        told = await act(
            self._opening,
            self.place[0],
            action,
            step.key,
            day=self.place[1],
            answer=answer,
            beside=Beside(beside),
            occurred=step.occurred,
        )
        self.labels[case.id] = told["label"]
        self._linked.update(new)

    async def _link(self, case: Case) -> None:
        """What has come to be known of it since."""
        label, new = self.labels.get(case.id), self._new_links(case)
        if label and new:
            await self._opening.house.database.write(lambda connection: self._keep(connection, label, new, case))
            self._linked.update(new)

    def _new_links(self, case: Case) -> list[Link]:
        return [link for link in case.links if link not in self._linked]

    def _keep(self, connection: Connection, label: str, links: Iterable[Link], case: Case) -> None:
        branch, day = self.place
        for system, value in links:
            keep_identifier(connection, Identifier(branch, system, value, day, label, case.facts(system)))

    def _people(self, case: Case, queue: str) -> Write | None:
        """What is written of the person with the ticket, without what cannot be read, such as two numbers at once."""
        assert case.visit is not None
        found = self._patients.get(case.visit.record, {})
        given: dict[str, str] = {field: found.get(field, "") for field in self._settings.people}
        if "record" in given:
            given["record"] = case.visit.record
        given["name"] = masked(found.get("name", "")) if self._settings.name else ""
        kept = {field: text for field, text in given.items() if is_readable(field, text)}
        house = self._opening.house
        return house.people.write_from(self.branch.queue(queue), kept, SOURCE, house.floors.clock()) if kept else None


def is_readable(field: str, text: str) -> bool:
    try:
        return bool(text.strip()) and bool(read_values({field: text.strip()}))
    except Invalid:
        return False
