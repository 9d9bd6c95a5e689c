"""Bookings: found again by their codes, or by who they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from integrations.bpjs.answers.ladder import NO_BOOKING, is_code
from integrations.bpjs.answers.practices import Practice, practices_of
from integrations.bpjs.answers.replies import Declined
from integrations.bpjs.clinics import ClinicPlan
from integrations.contract import Opening
from queue_service.domain.events import Entry
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Ticket
from queue_service.journal.appends import Place
from queue_service.journal.claims import Claim, held_claims
from queue_service.journal.claims import Ticket as Claimant
from queue_service.records.identifiers import Identifier, find_identifier, identifiers_of

SYSTEM = "bpjs-booking"
SOURCE = "mobile-jkn"
CLAIMS = "bpjs"  # in the place of a queue: a referral counts at all of them


@dataclass(frozen=True, slots=True)
class Booking:
    """A ticket, and what Mobile JKN calls it."""

    identifier: Identifier
    floor: Floor
    ticket: Ticket

    @property
    def code(self) -> str:
        return self.identifier.value

    @property
    def place(self) -> Place:
        return self.floor.branch.id, self.floor.day


class Bookings:
    def __init__(self, opening: Opening) -> None:
        self.opening = opening
        self._house = opening.house

    async def find(self, code: str) -> Booking:
        """Raises Declined."""

        def look(connection: Connection) -> Identifier | None:
            found = (find_identifier(connection, branch.id, SYSTEM, code) for branch in self.opening.branches())
            return next((each for each in found if each is not None), None)

        identifier = await self._house.database.read(look) if is_code(code) else None
        booking = None if identifier is None else await self._booking(identifier)
        if booking is None:
            raise Declined(NO_BOOKING)
        return booking

    async def of_claimant(self, branch: str, claimant: Claimant) -> Booking | None:
        """None where its journal does not have it any more, or it never was a booking of theirs."""

        def look(connection: Connection) -> Identifier | None:
            known = identifiers_of(connection, branch, *claimant)
            return next((each for each in known if each.system == SYSTEM and each.facts.get("from") == SOURCE), None)

        identifier = await self._house.database.read(look)
        return None if identifier is None else await self._booking(identifier)

    async def _booking(self, identifier: Identifier) -> Booking | None:
        floor = await self._house.floors.get((identifier.branch, identifier.day), identifier.label)
        ticket = floor.tickets.get(identifier.label)
        return None if ticket is None else Booking(identifier, floor, ticket)

    def visit_digests(self, card: str, day: date, what: str) -> tuple[str, ...]:
        """By which a visit is known. A key that the database does not hold goes into them."""
        return self._house.people.keys.digests("bpjs visit", f"{card} {day} {what}")

    def reference_digests(self, reference: str) -> tuple[str, ...]:
        return self._house.people.keys.digests("bpjs reference", reference) if reference else ()

    async def claimants(self, branch: str, digests: tuple[str, ...]) -> Mapping[str, Claimant]:
        """Which ticket has a claim, or had: by digest."""
        claim = Claim(branch, CLAIMS, digests)
        held = await self._house.database.read(lambda connection: held_claims(connection, [claim]))
        return {digest: claimant for (_, _, digest), claimant in held.items()}

    async def entry_that_changed(self, booking: Booking) -> Entry | None:
        """The last one that did."""
        entries = await self._house.journal.read(booking.place, after=booking.ticket.changed - 1)
        return next(iter(entries), None)


def practice_of(booking: Booking, clinics: Sequence[ClinicPlan]) -> Practice | None:
    """None where the clinic is not set up any more."""
    facts = booking.identifier.facts
    for practice in practices_of([booking.floor.branch], clinics):
        clinic = practice.clinic
        is_there = facts.get("poli", clinic.poli) == clinic.poli
        if is_there and (clinic.doctor, clinic.hours) == (facts.get("doctor"), facts.get("hours")):
            return practice
    return None
