"""A house beside an agency's system: an office with walk-ins and appointments, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from integrations.contract import Item, Opening
from integrations.opd.pulling import RecordPoller
from queue_service.app import open_house
from queue_service.domain.actions import OfPeople
from queue_service.domain.entries import event_fields
from queue_service.domain.events import Entry, to_ms
from queue_service.domain.tickets import Ticket
from queue_service.records.identifiers import Identifier, find_identifier
from queue_service.records.plans import ConnectionPlan
from queue_service.records.setup_files import read_setup
from queue_service.records.systems import settings_of
from queue_service.setting_up import set_up
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import Clock

OFFICE, ID = "kantor", "dinas"
TOKEN, PASSWORD = "token-of-the-agency", "sandi-baca-saja"
SECRET = "whsec_" + "QW50cmVhbiBtZW5kZW5nYXJrYW4gZGluYXM="

HOURS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:30", "to": "15:00"}]
BRANCH = {
    "id": OFFICE,
    "name": {"id": "Kantor", "en": "Office"},
    "timezone": "Asia/Jakarta",
    "hours": HOURS,
    "classes": [{"id": "lansia", "name": "Lansia", "minutes": 20}],
    "queues": [
        {"id": "ktp", "name": "KTP", "prefix": "A", "appointments": {"per_slot": 2, "slot_minutes": 30}},
        {"id": "akta", "name": "Akta", "prefix": "B"},
    ],
    "counters": [{"id": str(n), "name": str(n), "queues": ["ktp", "akta"]} for n in (1, 2)],
}
ENVIRONMENT = {f"ANTREAN_CONNECTION_DINAS_{name}": value for name, value in (("TOKEN", TOKEN), ("PASSWORD", PASSWORD))}

# As an agency might write it.
MAPPING: Mapping[str, Any] = {
    "id": "nomor",
    "action": {
        "from": "status",
        "values": {
            "DAFTAR": "issue",
            "JANJI": "book",
            "HADIR": "check_in",
            "PANGGIL": "call",
            "LAYAN": "serve",
            "SELESAI": "complete",
            "BATAL": "cancel",
            "DRAF": "ignore",
        },
    },
    "queue": {"from": "layanan", "values": {"01": "ktp", "02": "akta"}},
    "day": {"from": "tanggal", "format": "%d-%m-%Y"},
    "time": "jam",
    "counter": "loket",
    "people": {"name": "nama", "phone": "hp"},
}


@dataclass
class Agency:
    house: House
    clock: Clock
    opening: Opening
    settings: Any

    async def entries(self, day: date | None = None) -> list[Entry]:
        place = self.house.floors.today(OFFICE)
        return await self.house.journal.read((OFFICE, day or place[1]))

    async def kinds(self, day: date | None = None) -> list[str]:
        return [entry.event.kind for entry in await self.entries(day)]

    async def known(self, theirs: str) -> Identifier | None:
        return await self.house.database.read(lambda c: find_identifier(c, OFFICE, f"opd-{ID}", theirs))

    async def ticket(self, theirs: str) -> Ticket:
        known = await self.known(theirs)
        assert known is not None, f"{theirs} has no ticket"
        return (await self.house.floors.get((OFFICE, known.day))).tickets[known.label]

    async def act(self, action: OfPeople) -> None:
        await self.house.desk.act(OFFICE, action, "clerk:test")

    def poller(self) -> RecordPoller:
        found = self.settings.poller(self.opening)
        assert isinstance(found, RecordPoller)
        return found


def record(nomor: str = "R-1", status: str = "DAFTAR", **more: Any) -> dict[str, Any]:
    return {"nomor": nomor, "status": status, "layanan": "01", **more}


@asynccontextmanager
async def an_agency(
    folder: Path, system: str, settings: Mapping[str, Any], clock: Clock | None = None
) -> AsyncIterator[Agency]:
    """Opened again with the same folder, it knows what it knew."""
    clock = clock or Clock()
    plan = ConnectionPlan(id=ID, system=system, branches=[OFFICE], settings=dict(settings))
    whole = {"branches": [BRANCH], "connections": [plan.model_dump(mode="json")]}
    async with open_house(Settings(folder, f"sqlite:///{folder / 'antrean.db'}"), clock) as house:
        setup = read_setup(yaml.safe_dump(whole, sort_keys=False), "setup.yaml")
        await house.database.write(lambda connection: set_up(connection, setup))
        await house.branches.refresh()
        yield Agency(house, clock, Opening(plan, house, ENVIRONMENT), settings_of(plan))


async def items_of(agency: Agency) -> list[Item]:
    place = agency.house.floors.today(OFFICE)
    return [
        Item("e", *place, entry.seq, to_ms(entry.at), entry.event.kind, event_fields(entry.event))
        for entry in await agency.entries()
    ]
