"""A house that follows a hospital's own system, with real databases on both sides, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integrations.contract import Opening
from integrations.simrs.poller import SimrsPoller
from integrations.simrs.system import SimrsSystem
from queue_service.domain.events import Entry, Served
from queue_service.domain.tickets import Ticket
from queue_service.records.identifiers import Identifier, identifiers_on
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup
from queue_service.web.house import House
from tests.doubles.simrs.hospital import PASSWORD, READER, Hospital, a_hospital
from tests.houses import CHILDREN, PHARMACY, RSUD, Clock, a_house, entries_of
from tests.houses import LAHAT as EXAMPLE
from tests.mariadb import Mariadb

LAHAT = ZoneInfo("Asia/Jakarta")
# The clinics of the example hospital as its own system calls them.
CHILD, CHILD_DOCTOR = "ANA", "D01"
INNER, INNER_DOCTOR, INNER_QUEUE = "INT", "D02", "poli-dalam"
CLINICS = [{"clinic": CHILD, "queue": CHILDREN}, {"clinic": INNER, "queue": INNER_QUEUE}]


@dataclass
class Ward:
    house: House
    hospital: Hospital
    clock: Clock
    poller: SimrsPoller
    opening: Opening
    settings: SimrsSystem

    @property
    def now(self) -> datetime:
        """As the hospital's own clocks show it."""
        return self.clock.now.astimezone(LAHAT).replace(tzinfo=None)

    def at(self, minutes: float) -> datetime:
        """So many minutes from now; before it with a negative number."""
        return self.now + timedelta(minutes=minutes)

    async def look(self, seconds: float = 2) -> None:
        self.clock.turn(seconds=seconds)
        await self.poller.look()

    async def register(self, poli: str = CHILD, doctor: str = CHILD_DOCTOR, **more: Any) -> str:
        """And look."""
        visit = self.hospital.register(self.now, poli, doctor, **more)
        await self.look()
        return visit

    async def ticket(self, visit: str, system: str = "simrs-visit") -> Ticket:
        found = await self.find(visit, system)
        assert found is not None, f"{visit} has no ticket"
        return found

    async def find(self, visit: str, system: str = "simrs-visit") -> Ticket | None:
        labels = {known.value: known.label for known in await self.links(system)}
        floor = await self.house.floors.get_today(RSUD)
        return floor.tickets[labels[visit]] if visit in labels else None

    async def links(self, system: str) -> list[Identifier]:
        day = self.house.floors.today(RSUD)[1]
        return await self.house.database.read(lambda connection: identifiers_on(connection, RSUD, system, day))

    async def entries(self) -> list[Entry]:
        return await entries_of(self.house)

    async def served_at(self) -> list[datetime | None]:
        """When service began, as the SIMRS told it."""
        return [entry.event.occurred for entry in await self.entries() if isinstance(entry.event, Served)]

    async def kinds(self, label: str = "") -> list[str]:
        """What has happened to it, in order."""
        entries = await self.entries()
        return [e.event.kind for e in entries if not label or getattr(e.event, "label", "") == label]


def settings_of(server: Mariadb, hospital: Hospital, **more: Any) -> SimrsSystem:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "database": hospital.ask("SELECT DATABASE()"),
        "user": READER,
        "preset": hospital.kind if hospital.variant is None else f"khanza-{hospital.variant}",
        "leads": "simrs",
        "clinics": CLINICS,
        "pharmacy": {"queue": PHARMACY},
    }
    return SimrsSystem.model_validate({**given, **more})


async def give_a_journey(house: House, journey: str, *stops: str) -> None:
    text = f"    journeys: [{{id: {journey}, name: {journey}, stops: [{', '.join(stops)}]}}]\n"
    zone = "    timezone: Asia/Jakarta\n"
    await house.branches.set_up(read_setup(EXAMPLE.read_text().replace(zone, zone + text, 1), "setup.yaml"))
    await house.branches.refresh()


@asynccontextmanager
async def a_ward(
    folder: Path, server: Mariadb, hospital: Hospital | None = None, journey: Sequence[str] = (), **more: Any
) -> AsyncIterator[Ward]:
    clock = Clock()
    hospital = hospital or a_hospital(server)
    settings = settings_of(server, hospital, **more)
    async with a_house(folder, clock) as house:
        if journey:
            await give_a_journey(house, *journey)
        plan = ConnectionPlan(id="khanza", system="simrs", branches=[RSUD])
        opening = Opening(plan, house, {"ANTREAN_CONNECTION_KHANZA_PASSWORD": PASSWORD})
        poller = settings.poller(opening)
        assert isinstance(poller, SimrsPoller)
        try:
            yield Ward(house, hospital, clock, poller, opening, settings)
        finally:
            await poller.close()
            hospital.connection.close()
