"""The reports on a day, for a command or a page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, select

from integrations.bpjs.bookings import visits_of_day
from integrations.bpjs.client import Refused
from integrations.bpjs.line import Line
from integrations.bpjs.quality import ClinicQuality, Compared, compare, quality
from integrations.bpjs.settings import BpjsSettings
from integrations.contract import Opening, Undelivered
from queue_service.records.deliveries import Parking
from queue_service.records.tables import deliveries


async def quality_of_day(opening: Opening, settings: BpjsSettings, branch: str, day: date) -> list[ClinicQuality]:
    """Raises Unavailable."""
    house = opening.house
    is_over = house.branches.get(branch).day_of(house.floors.clock()) > day
    visits = await visits_of_day(opening, settings.ways, branch, day)
    failures = await house.database.read(lambda connection: _failures(connection, opening.connection, branch, day))
    return await asyncio.to_thread(quality, visits, settings.ways, failures, is_over=is_over)


def _failures(connection: Connection, name: str, branch: str, day: date) -> Mapping[str, str]:
    its = deliveries.c.connection == name, deliveries.c.branch == branch, deliveries.c.day == day
    rows = connection.execute(select(deliveries).where(*its, deliveries.c.state != Parking.BEHIND))
    return {row.lane: row.error or "waits for its turn" for row in rows}


async def compare_day(opening: Opening, settings: BpjsSettings, line: Line, day: date) -> list[Compared]:
    """All branches together, as the insurer has it. Raises Undelivered, Unavailable."""
    try:
        dashboard = await line.ask(lambda: line.calls.waits_on(day, "rs"))
    except Refused as error:
        raise Undelivered(str(error), is_refused=True) from error
    visits = [
        visit
        for branch in opening.branches()
        for visit, _ in await visits_of_day(opening, settings.ways, branch.id, day)
    ]
    return compare(dashboard, visits, {clinic.queue: clinic.poli for clinic in settings.clinics})
