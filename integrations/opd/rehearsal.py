"""What would happen, tried on copies of our floors: nothing is written, and nobody is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from integrations.contract import Opening
from integrations.opd.here import Here
from integrations.opd.mapping import FieldMap, Wanted, read_record
from integrations.opd.settling import Known, Outcome, settle
from integrations.opd.sources import Record, Unmapped
from integrations.opd.steps import Step
from queue_service.domain.actions import Action, Reported
from queue_service.domain.decisions import decide
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.tickets import Ticket
from queue_service.journal.appends import new_label
from queue_service.web.previews import Previewed

MOST = 20  # records of a preview


class Rehearsal:
    """A ground for `settle`. One after the other: the second gets the number after the first one's."""

    def __init__(self, opening: Opening) -> None:
        """Raises NotReady."""
        self._opening = opening
        self._house = opening.house
        self._here = Here(opening)
        self._floors: dict[tuple[str, date], Floor] = {}
        self._known: dict[tuple[str, str], Known] = {}

    def today(self, branch: str) -> date:
        return self._here.today(branch)

    async def find(self, wanted: Wanted) -> Known | None:
        return self._known.get((wanted.branch, wanted.id)) or await self._here.find(wanted)

    async def ticket(self, branch: str, day: date, label: str) -> Ticket | None:
        return (await self._floor(branch, day)).tickets.get(label)

    async def do(self, wanted: Wanted, step: Step, known: Known | None, mark: str) -> Known:
        floor, now = await self._floor(wanted.branch, step.day), self._house.floors.clock()
        action: Action = step.action if wanted.occurred is None else Reported(step.action, wanted.occurred)
        entries = [
            Entry(floor.seq + n, now, "rehearsal", event) for n, event in enumerate(decide(floor, action, now), 1)
        ]
        for entry in entries:
            apply(floor, entry)
        if not step.names and known is not None:
            return known
        made = Known(step.day, new_label(entries), (known.day, known.label) if known else None)
        self._known[wanted.branch, wanted.id] = made
        return made

    async def _floor(self, branch: str, day: date) -> Floor:
        place = (branch, day)
        if place not in self._floors:
            await self._house.floors.catch_up(place)
            self._floors[place] = (await self._house.floors.get(place)).copy()
        return self._floors[place]


async def rehearse(opening: Opening, mapping: FieldMap, records: Sequence[Record]) -> list[Previewed]:
    """Raises NotReady, Unavailable."""
    ground = Rehearsal(opening)
    branches = {branch.id: branch for branch in opening.branches()}
    found: list[Previewed] = []
    for number, record in enumerate(records[:MOST], 1):
        try:
            wanted = read_record(mapping, record, branches)
        except Unmapped as error:
            found.append(Previewed(f"({number})", said=str(error), is_refused=True))
            continue
        found.append(await _rehearsed(wanted, ground, opening))
    return found


async def _rehearsed(wanted: Wanted, ground: Rehearsal, opening: Opening) -> Previewed:
    outcome, said, fields, is_refused = Outcome(None, ()), "", dict[str, Any](), False
    try:
        outcome = await settle(wanted, ground, wanted.id)
        said = outcome.why
    except Unmapped as error:
        said, is_refused = str(error), True
    except Refusal as refusal:
        said, fields, is_refused = refusal.sentence, {name: str(value) for name, value in refusal.fields.items()}, True
    branch = opening.house.branches.get(wanted.branch)
    day = outcome.known.day if outcome.known else wanted.day
    return Previewed(
        id=wanted.id,
        act=wanted.act.value,
        branch=wanted.branch,
        queue=wanted.queue or wanted.journey,
        counter=wanted.counter,
        day=day.isoformat() if day else "",
        time=f"{branch.local(wanted.slot):%H:%M}" if wanted.slot else "",
        given=list(wanted.people),
        done=outcome.done,
        label=outcome.known.label if outcome.known else "",
        said=said,
        fields=fields,
        is_refused=is_refused,
    )
