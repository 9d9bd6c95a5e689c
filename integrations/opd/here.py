"""Does what records want, at our own desk; and knows which ticket their ids mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from integrations.acting import act
from integrations.contract import NotReady, Opening
from integrations.opd.mapping import FieldMap, Wanted, strange_targets
from integrations.opd.papers import WITHOUT_PAPER, paper_step, told_of
from integrations.opd.settling import Known, Outcome
from integrations.opd.steps import Step
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.cases import Case
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.journeys import stages_of
from queue_service.domain.tickets import Ticket
from queue_service.journal import Beside
from queue_service.journal.appends import Place, new_label
from queue_service.records.identifiers import Identifier, find_identifier, find_identifiers, keep_identifier
from queue_service.records.people.given import read_values
from queue_service.records.people.people import Write

SOURCE = "opd"  # of what is kept of people
LONGEST_CONNECTION = 28  # beside what stands before it


def system_of(connection: str) -> str:
    """By which the table of identifiers knows whose numbers they are. Raises NotReady."""
    if len(connection) > LONGEST_CONNECTION:
        raise NotReady(f"The id of such a connection has at most {LONGEST_CONNECTION} characters.")
    return f"opd-{connection}"


def check_targets(mapping: FieldMap, branches: Sequence[Branch]) -> None:
    """Raises NotReady."""
    if strange := next(strange_targets(mapping, branches), None):
        raise NotReady(f"mapping: no branch of this connection has the {strange[0]} “{strange[1]}”.")
    if mapping.branch is None and len(branches) != 1:
        raise NotReady("mapping: name one branch under “branches”, or map “branch”.")


class Here:
    def __init__(self, opening: Opening) -> None:
        """Raises NotReady."""
        self._opening = opening
        self._house = opening.house
        self._system = system_of(opening.connection)

    def today(self, branch: str) -> date:
        return self._house.floors.today(branch)[1]

    async def find(self, wanted: Wanted) -> Known | None:
        branch, system = wanted.branch, self._system
        found = await self._house.database.read(lambda c: find_identifier(c, branch, system, wanted.id))
        return None if found is None else _known(found)

    async def find_all(self, wanted: Sequence[Wanted]) -> dict[tuple[str, str], Known]:
        """By branch and id; of as many as one question may name."""
        ids = {(one.branch, one.id) for one in wanted}
        found = await self._house.database.read(lambda c: find_identifiers(c, self._system, ids))
        return {(one.branch, one.value): _known(one) for one in found}

    async def ticket(self, branch: str, day: date, label: str) -> Ticket | None:
        floor = await self._house.floors.get((branch, day), label)
        return floor.tickets.get(label)

    async def do(self, wanted: Wanted, step: Step, known: Known | None, mark: str) -> Known:
        label = "" if step.names or known is None else known.label

        def answer(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
            return {"label": label or getattr(events[0], "label", "")}

        told = await act(
            self._opening,
            wanted.branch,
            step.action,
            step.key(wanted, mark),
            day=step.day,
            answer=answer,
            beside=Beside(self._write(wanted, known)) if step.names else None,
            occurred=wanted.occurred,
        )
        if not step.names and known is not None:
            return known
        return Known(step.day, told["label"], (known.day, known.label) if known else None)

    async def progress(self, wanted: Wanted) -> Outcome:
        if (case := await self.paper(wanted)) is None:
            return WITHOUT_PAPER
        now = self._house.floors.clock()
        by = f"system:{self._opening.connection}"
        step = paper_step(wanted, now)
        after, outcome = await self._house.cases.step(wanted.branch, case.number, step, by, now)
        return told_of(after, outcome)

    async def paper(self, wanted: Wanted) -> Case | None:
        if wanted.paper:
            try:
                case = await self._house.cases.get(wanted.paper)
            except NotFound:
                return None
            return case if case.branch == wanted.branch else None
        if (known := await self.find(wanted)) is None:
            return None
        papers = await self._house.cases.of_ticket(wanted.branch, known.day, known.label)
        return papers.get(wanted.journey) if wanted.journey or len(papers) > 1 else next(iter(papers.values()), None)

    def _write(self, wanted: Wanted, known: Known | None) -> Any:
        """What their id means from now on, and who has the number."""
        people = self._people(wanted)
        facts = {"before": [known.day.isoformat(), known.label]} if known else {}

        def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            label = new_label(entries)
            keep_identifier(connection, Identifier(place[0], self._system, wanted.id, place[1], label, facts))
            if people:
                people(connection, place, label)

        return write

    def _people(self, wanted: Wanted) -> Write | None:
        """Nobody is sent away for a phone number that cannot be called; it is just not kept."""
        kept = {name: text for name, text in wanted.people.items() if is_readable(name, text)}
        if not kept:
            return None
        queue = queue_of(self._house.branches.get(wanted.branch), wanted)
        return self._house.people.write_from(queue, kept, SOURCE, self._house.floors.clock())


def _known(identifier: Identifier) -> Known:
    before = identifier.facts.get("before")
    return Known(identifier.day, identifier.label, (date.fromisoformat(before[0]), before[1]) if before else None)


def queue_of(branch: Branch, wanted: Wanted) -> Queue:
    """Where its visitor waits first."""
    if wanted.queue:
        return branch.queue(wanted.queue)
    return branch.queue(stages_of(branch.journey(wanted.journey))[0][0].queue)


def is_readable(name: str, text: str) -> bool:
    try:
        return bool(read_values({name: text}))
    except Invalid:
        return False
