"""A branch that asks, and one person for tests: nobody has a NIK of district 99."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from queue_service.app import open_house
from queue_service.records.plans import SetupPlan
from queue_service.settings import Settings
from queue_service.web.house import House
from tests.houses import Clock, a_visitor

OFFICE = "disdukcapil"
NAME, PHONE, NIK = "Planted Persona Uji", "0812 9900 4477", "1604994107900017"
OTHER_NIK = "1604990107900018"
FULL_PHONE = "+6281299004477"
VISITOR = {"name": NAME, "phone": PHONE, "nik": NIK, "consent": True}
PURPOSE = {
    "id": "Agar berkas Anda dapat disiapkan sebelum giliran Anda.",
    "en": "So that your file can be prepared before your turn.",
}
MONDAY_EIGHT = datetime.fromisoformat("2026-11-23T08:00+07:00")

PLAN: dict[str, Any] = {
    "id": OFFICE,
    "name": "Kantor Uji",
    "timezone": "Asia/Jakarta",
    "hours": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "07:30", "to": "15:00"}],
    "queues": [
        {
            "id": "ktp",
            "name": {"id": "Perekaman KTP-el", "en": "Identity card"},
            "prefix": "A",
            "asks": {"name": "required", "phone": "optional", "nik": "required"},
            "purpose": PURPOSE,
            "one_claim_per_person": True,
            "appointments": {"per_slot": 500},
        },
        {"id": "umum", "name": {"id": "Umum", "en": "General"}, "prefix": "B", "appointments": {"per_slot": 500}},
    ],
    "counters": [{"id": "1", "name": "1", "queues": ["ktp", "umum"]}],
}


def set_up(**changes: Any) -> SetupPlan:
    return SetupPlan.model_validate({"branches": [{**PLAN, **changes}]})


@asynccontextmanager
async def an_office(
    folder: Path, clock: Clock | None = None, url: str | None = None, **changes: Any
) -> AsyncIterator[House]:
    settings = Settings(folder, url or f"sqlite:///{folder / 'antrean.db'}", rate_limits=False)
    async with open_house(settings, clock or Clock(MONDAY_EIGHT)) as house:
        await house.branches.set_up(set_up(**changes))
        await house.branches.refresh()
        yield house


@asynccontextmanager
async def an_office_and_a_visitor(
    folder: Path, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[tuple[House, httpx2.AsyncClient]]:
    async with an_office(folder, clock, **changes) as house, a_visitor(house) as visitor:
        yield house, visitor


async def take_number(visitor: httpx2.AsyncClient, person: object = None, queue: str = "ktp") -> httpx2.Response:
    body = {"queue": queue} if person is None else {"queue": queue, "visitor": person}
    return await visitor.post(f"/api/v1/branches/{OFFICE}/tickets", json=body)


async def book(
    visitor: httpx2.AsyncClient, person: object = None, slot: str = "2026-11-24T08:00:00+07:00", queue: str = "ktp"
) -> httpx2.Response:
    body = {"queue": queue, "slot": slot} if person is None else {"queue": queue, "slot": slot, "visitor": person}
    return await visitor.post(f"/api/v1/branches/{OFFICE}/appointments", json=body)
