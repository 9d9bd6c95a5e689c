"""The clinic of the example with journeys, and somebody at its counters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.web.house import House
from tests.houses import LAHAT, Clock, a_house, a_visitor

CLINIC = "klinik-contoh"


@dataclass
class Clinic:
    house: House
    clock: Clock
    visitor: httpx2.AsyncClient
    keys: dict[Role, str]

    async def take(self, **body: str) -> dict[str, Any]:
        answer = await self.visitor.post(f"/api/v1/branches/{CLINIC}/tickets", json=body)
        assert answer.status_code == 201, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    async def ticket(self, token: str) -> dict[str, Any]:
        shown: dict[str, Any] = (await self.visitor.get(f"/api/v1/tickets/{token}")).json()
        return shown

    async def staff(self, path: str, body: object = None, role: Role = Role.CLERK) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.keys[role]}"}
        return await self.visitor.post(f"/api/v1/branches/{CLINIC}/{path}", json=body, headers=headers)

    async def at(self, counter: str, action: str, **body: object) -> httpx2.Response:
        return await self.staff(f"counters/{counter}/{action}", body or None)

    async def counter(self, counter: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.keys[Role.CLERK]}"}
        answer = await self.visitor.get(f"/api/v1/branches/{CLINIC}/counters/{counter}", headers=headers)
        shown: dict[str, Any] = answer.json()
        return shown


@asynccontextmanager
async def a_clinic(folder: Path) -> AsyncIterator[Clinic]:
    clock = Clock()
    async with a_house(folder, clock) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup_file(LAHAT.with_name("journeys.yaml")))
        await house.branches.refresh()
        roles = (Role.CLERK, Role.SUPERVISOR)
        keys = {role: await house.keys.create(role, CLINIC, clock()) for role in roles}
        clinic = Clinic(house, clock, visitor, keys)
        for counter in house.branches.get(CLINIC).counters:
            assert (await clinic.at(counter, "open")).status_code == 200
        yield clinic
