"""Ties who somebody is to the ticket that they take: their data and their claim are written with it or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch, Queue
from queue_service.domain.errors import AlreadyClaimed
from queue_service.domain.events import Entry
from queue_service.domain.events import Given as TicketGiven
from queue_service.domain.lots import Standing
from queue_service.domain.tickets import Status
from queue_service.floors import Floors
from queue_service.journal import Beside, Claim
from queue_service.journal.appends import Place, new_label
from queue_service.journal.claims import Ticket, held_claims, move_claims
from queue_service.records.identifiers import move_identifiers
from queue_service.records.people.given import Given
from queue_service.records.people.people import People, known_labels, move_person

_OVER = frozenset({Status.COMPLETED, Status.CANCELLED})


class Identities:
    def __init__(self, people: People, floors: Floors) -> None:
        self._people = people
        self._floors = floors

    def beside(self, branch: Branch, queue: Queue, given: Given, source: str) -> Beside | None:
        """None where nothing is kept. Raises Invalid."""
        if not queue.asks and not given.values:
            return None
        values, keep = self._people.write_for(queue, given, source, self._floors.clock())
        if keep is None:
            return None

        def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
            keep(connection, place, new_label(entries))

        return Beside(write, self.claim(branch, queue, values[Field.NIK]) if queue.one_claim_per_person else None)

    def claim(self, branch: Branch, queue: Queue, nik: str) -> Claim:
        """To be the one live number or appointment of this person there; `nik` as `read_digits` gives it."""
        return Claim(branch.id, queue.id, self._people.digests_of(nik))

    async def after_those_over(self, beside: Beside) -> Beside:
        """For another try, once a claim was refused: with the tickets that had it named, since they have ended.

        Raises AlreadyClaimed where one of them has not.
        """
        claim = beside.claim
        assert claim is not None
        held = await self._people.database.read(lambda connection: set(held_claims(connection, [claim]).values()))
        for ticket in held:
            if await self._is_alive(claim.branch, ticket):
                raise AlreadyClaimed(
                    "For {queue} each person may have one number or appointment at a time, and there is one already.",
                    queue=claim.queue,
                )
        return replace(beside, claim=claim.after(held))

    async def _is_alive(self, branch: str, ticket: Ticket) -> bool:
        day, label = ticket
        place = (branch, day)
        if place < self._floors.today(branch):
            return False
        floor = await self._floors.get(place)
        await self._floors.catch_up(place)  # it may have ended, or come to be, in another process
        floor = await self._floors.get(place)
        entrant = floor.lots.entrants.get(label)
        if entrant is not None and entrant.standing in (Standing.ENTERED, Standing.WAITING):
            return True
        known = floor.tickets.get(label if entrant is None else entrant.label or "")
        if known is None or known.status in _OVER:
            return False
        return not (known.status is Status.NO_SHOW and floor.is_called_out(known))


def moving(branch: str, day: date, label: str) -> Beside:
    """For a ticket that takes the place of this one: who has it comes along."""

    def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
        _move(connection, ((branch, day), label), (place, new_label(entries)))

    return Beside(write)


def returning(branch: str, day: date, label: str) -> Beside:
    """For the end of a ticket that had taken the place of this one: who has it comes back."""

    def write(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
        _move(connection, (place, new_label(entries)), ((branch, day), label))

    return Beside(write)


def _bring_winners(connection: Connection, place: Place, entries: Sequence[Entry]) -> None:
    given = {entry.event.entry: entry.event.label for entry in entries if isinstance(entry.event, TicketGiven)}
    for waited in known_labels(connection, *place, given):
        _move(connection, (place, waited), (place, given[waited]))


# For tickets that are given to entries of a draw or a waiting list: whoever entered has them.
winning = Beside(_bring_winners)


def _move(connection: Connection, before: tuple[Place, str], after: tuple[Place, str]) -> None:
    (place, label), (new_place, new) = before, after
    move_claims(connection, before, after)
    move_person(connection, (*place, label), (*new_place, new))
    move_identifiers(connection, place[0], (place[1], label), (new_place[1], new))
