"""What the SIMRS has given appointments for: today's and those of the next days."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from integrations.acting import act
from integrations.contract import Opening
from integrations.simrs.client import SimrsClient
from integrations.simrs.snapshot import Booking, Row, Visit, read_booking
from integrations.simrs.translate import BOOKING_CODE, free_number
from queue_service.domain.actions import Book, Cancel
from queue_service.domain.errors import Refusal
from queue_service.domain.events import Entry, Event
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status
from queue_service.journal import Beside
from queue_service.journal.appends import Place as Day
from queue_service.records.identifiers import Identifier, find_identifier, keep_identifier

if TYPE_CHECKING:
    from integrations.simrs.settings import SimrsSettings

log = logging.getLogger("antrean.integrations.simrs")

BOOKING = "simrs-booking"
REST = timedelta(minutes=3)


class Appointments:
    def __init__(self, opening: Opening, settings: SimrsSettings, client: SimrsClient) -> None:
        self._opening = opening
        self._settings = settings
        self._client = client
        self._looked_at: datetime | None = None
        self._rows: dict[tuple[object, object, object], Row] = {}  # as they were seen, by whom, where and when
        self._values: dict[tuple[date, str, str], str] = {}  # by day, record and clinic

    async def look(self, today: date) -> None:
        """Every few minutes. Raises Undelivered, Unavailable."""
        now = self._opening.house.floors.clock()
        if self._looked_at is not None and now - self._looked_at < REST:
            return
        for row in await self._client.bookings(today):
            key = (row[0], row[1], row[4])
            if self._rows.get(key) != row:
                await self._tell(row, now)
                self._rows[key] = row
        self._looked_at = now
        self._values = {key: value for key, value in self._values.items() if key[0] >= today}
        self._rows = {key: row for key, row in self._rows.items() if str(key[2]) >= today.isoformat()}

    async def label_of(self, visit: Visit, day: date) -> str | None:
        """Of the appointment that this registration is the coming for."""
        value = self._values.get((day, visit.record, visit.clinic.upper()))
        if value is None:
            return None
        known = await self._find(BOOKING, value)
        return known.label if known and known.day == day else None

    async def _tell(self, row: Row, now: datetime) -> None:
        (branch,) = self._opening.branches()
        booking = read_booking(row, branch.timezone)
        if booking.at is None:
            return
        local = booking.at.astimezone(branch.timezone)
        plan = self._settings.clinic_of(booking.clinic, booking.doctor, local.time())
        if plan is None:
            return
        # Nothing in it says who comes: the hospital's number of a patient stays out of it.
        value = f"{local.date()}/{booking.clinic}/{booking.doctor}/{booking.number or f'{local:%H%M}'}"
        self._values[local.date(), booking.record, booking.clinic.upper()] = value
        try:
            await self._settle(booking, plan.queue, (branch.id, local.date()), value, now)
        except Refusal as refusal:
            log.warning("%s: the booking %s is not taken up: %s", self._opening.connection, value, refusal)

    async def _settle(self, booking: Booking, queue: str, place: Day, value: str, now: datetime) -> None:
        known = await self._find(BOOKING, value)
        if known is None and booking.is_open and booking.at is not None and booking.at > now:
            await self._book(booking, queue, place, value)
        elif known is not None and booking.is_withdrawn:
            floor = await self._opening.house.floors.get(place)
            ticket = floor.tickets.get(known.label)
            if ticket is not None and ticket.status is Status.BOOKED:
                await act(self._opening, place[0], Cancel(ticket.label), f"booking {value}:cancel", day=place[1])

    async def _book(self, booking: Booking, queue: str, place: Day, value: str) -> None:
        assert booking.at is not None
        links = [(BOOKING, value), *([(BOOKING_CODE, booking.code)] if booking.code else [])]
        if booking.code and (same := await self._find(BOOKING_CODE, booking.code)):
            kept = Identifier(place[0], BOOKING, value, same.day, same.label)  # it came here by another way
            await self._opening.house.database.write(lambda connection: keep_identifier(connection, kept))
            return
        floor = await self._opening.house.floors.get(place)
        number = booking.number and free_number(floor.branch.queue(queue).prefix, booking.number, floor.tickets)

        def beside(connection: Connection, at: Day, entries: Sequence[Entry]) -> None:
            label = getattr(entries[0].event, "label", "")
            for system, name in links:
                keep_identifier(connection, Identifier(at[0], system, name, at[1], label))

        def answer(floor: Floor, events: Sequence[Event], now: datetime) -> dict[str, Any]:
            return {"label": getattr(events[0], "label", "")}

        action = Book(queue, booking.at, number=number)
        key = f"booking {value}:book"
        await act(self._opening, place[0], action, key, day=place[1], answer=answer, beside=Beside(beside))

    async def _find(self, system: str, value: str) -> Identifier | None:
        (branch,) = self._opening.branches()
        return await self._opening.house.database.read(
            lambda connection: find_identifier(connection, branch.id, system, value)
        )
