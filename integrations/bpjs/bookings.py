"""What the insurer is to know of a visit, gathered: its history, its codes, and who has the number."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from integrations import ledger
from integrations.bpjs.answers.practices import Practice
from integrations.bpjs.answers.standing import seats
from integrations.bpjs.clinics import ClinicPlan, read_hours
from integrations.bpjs.codes import new_code
from integrations.bpjs.translate import Announced, Values, can_be_announced, kind_of_visit
from integrations.bpjs.visits import HERE, Visit, Ways, Word, passes_admission, words_of
from integrations.contract import Item, Opening
from integrations.histories import Histories
from queue_service.domain.asking import Field
from queue_service.domain.errors import NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.floors import Floor
from queue_service.domain.waits import knots, wait_for
from queue_service.journal.epochs import epoch_now
from queue_service.records.identifiers import Identifier, identifiers_of, identifiers_on, keep_identifier

SYSTEM = "bpjs-booking"
ALL = 1_000_000  # entries of a day


async def visits_of_day(opening: Opening, ways: Ways, branch: str, day: date) -> list[tuple[Visit, list[Item]]]:
    """All of a day, each with its history. Raises Unavailable."""

    def read(connection: Connection) -> tuple[list[Item], list[Identifier]]:
        items = list(ledger.read_items(connection, epoch_now(connection), (branch, day), 0, ALL))
        return items, identifiers_on(connection, branch, SYSTEM, day)

    items, kept = await opening.house.database.read(read)
    return await asyncio.to_thread(_visits, items, kept, ways)  # thousands of a large hospital, while clerks call


def _visits(items: Sequence[Item], kept: Sequence[Identifier], ways: Ways) -> list[tuple[Visit, list[Item]]]:
    undone = {item.fields["undoes"] for item in items if item.kind == "undone"}
    histories: dict[str, list[Item]] = {}
    for item in items:
        if (label := item.fields.get("label")) and item.kind != "undone" and item.seq not in undone:
            histories.setdefault(str(label), []).append(item)
    of_label: dict[str, dict[int, Identifier]] = {}
    for each in kept:
        of_label.setdefault(each.label, {})[_nth(each)] = each
    return [
        (_visit(history, ways, (*history[0].place, label), of_label.get(label, {})), history)
        for label, history in histories.items()
    ]


def _visit(
    history: Sequence[Item],
    ways: Ways,
    ticket: tuple[str, date, str],
    known: Mapping[int, Identifier],
    is_new: bool | None = None,
) -> Visit:
    if is_new is None:
        is_new = bool(known[1].facts.get("new")) if 1 in known else False
    codes = {nth: each.value for nth, each in known.items()}
    facts = {nth: each.facts for nth, each in known.items()}
    return Visit(*ticket, words_of(history, ways, is_new), is_new, codes, facts)


def _nth(booking: Identifier) -> int:
    return int(booking.facts.get("nth", 1))


class Bookings:
    def __init__(self, opening: Opening, clinics: Sequence[ClinicPlan], ways: Ways) -> None:
        self.ways = ways
        self._house = opening.house
        self._clinics = clinics
        self._histories = Histories(opening.house.database)

    async def visit(self, item: Item) -> Visit | None:
        """As it stood with this entry; None where that tells the insurer nothing."""
        history = await self._histories.of(item)
        if not any(word.seq == item.seq for new in (False, True) for word in words_of(history, self.ways, new)):
            return None
        if await self._histories.is_undone(item):
            return None
        label = str(item.fields["label"])
        its = await self._house.database.read(
            lambda connection: identifiers_of(connection, item.branch, item.day, label)
        )
        known = {_nth(each): each for each in its if each.system == SYSTEM}
        ticket = item.branch, item.day, label
        return _visit(history, self.ways, ticket, known, await self._is_new(ticket, history, known.get(1), its))

    async def _is_new(
        self,
        ticket: tuple[str, date, str],
        history: Sequence[Item],
        booking: Identifier | None,
        its: Sequence[Identifier],
    ) -> bool:
        """What was announced once holds. Else whoever leads may say so; else it is new who is admitted and has no
        record number yet."""
        for each in ([booking] if booking else []) + [other for other in its if other is not booking]:
            if "new" in each.facts:
                return bool(each.facts["new"])
        if not passes_admission(history, self.ways):
            return False
        return Field.RECORD not in await self._person(ticket)

    async def _person(self, ticket: tuple[str, date, str]) -> Values:
        try:
            return (await self._house.people.get(ticket)).values
        except NotFound:
            return {}

    async def keep_code(self, visit: Visit, nth: int, needs: Field | None = None) -> bool:
        """Gives the booking the code that it is announced by. Whether there is anybody to announce."""
        person = await self._person((visit.branch, visit.day, visit.label))
        if not can_be_announced(person, needs):
            return False
        clinic = self._clinic(visit, visit.beginning(nth), {})
        code = new_code()
        facts: dict[str, Any] = {"from": HERE, "nth": nth, "jkn": Field.CARD in person}
        facts |= {"new": visit.is_new and nth == 1, "kind": kind_of_visit(person, nth)}
        facts |= {"poli": clinic.poli, "doctor": clinic.doctor, "hours": clinic.hours}
        kept = Identifier(visit.branch, SYSTEM, code, visit.day, visit.label, facts)
        await self._house.database.write(lambda connection: keep_identifier(connection, kept))
        visit.codes[nth], visit.facts[nth] = code, facts
        return True

    async def announced(self, visit: Visit, word: Word) -> Announced:
        nth, place = word.nth, (visit.branch, visit.day)
        facts = visit.facts[nth]
        clinic = self._clinic(visit, word, facts)
        person = await self._person((*place, visit.label))
        await self._house.floors.catch_up(place)
        floor = await self._house.floors.get(place)
        left = seats(floor, Practice(floor.branch, clinic))
        kind = facts.get("kind") or kind_of_visit(person, nth)
        served_ms = word.ms if word.is_appointment else _expected_ms(floor, visit.label, word)
        return Announced(
            visit.codes[nth], visit.label, visit.day, clinic, person, left, served_ms, bool(facts.get("new")), kind
        )

    def _clinic(self, visit: Visit, word: Word, facts: Mapping[str, Any]) -> ClinicPlan:
        """The doctor and hours that were booked; else those of the queue that hold then, or are next."""
        rows = [clinic for clinic in self._clinics if clinic.queue == word.queue]
        for clinic in rows:
            if (clinic.doctor, clinic.hours) == (facts.get("doctor"), facts.get("hours")):
                return clinic
        local = self._house.branches.get(visit.branch).local(from_ms(word.ms)).time()
        return next((clinic for clinic in rows if local < read_hours(clinic.hours)[1]), rows[-1])


def _expected_ms(floor: Floor, label: str, word: Word) -> int:
    """By our estimate where there is one; else from when the visitor waits."""
    ticket = floor.tickets.get(label)
    if ticket is None or floor.at is None or word.queue not in ticket.queues:
        return word.ms
    here = ticket.standing_in(word.queue)
    ahead = floor.line(word.queue).ahead_of(here)
    wait = wait_for(knots(floor, word.queue), ahead)
    return word.ms if wait is None else max(word.ms, to_ms(floor.at)) + wait[0] * 1000
