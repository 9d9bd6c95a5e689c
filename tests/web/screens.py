"""A television, and the supervisor who accepts it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.houses import RSUD, a_visitor

HOME = "/office/devices"
SIZE = {"width": 1920, "height": 1080}
REPORT = {"page": "/lobby/rsud-lahat", "version": "1", "frame_age": 4, "visible": True, "sound": False, **SIZE}


@dataclass
class Television:
    browser: httpx2.AsyncClient

    async def ask(self) -> str:
        """The code that it shows now."""
        answer = await self.browser.post("/screen/code", json=SIZE)
        return str(answer.raise_for_status().json()["code"])

    async def page(self) -> str:
        """Where it is told to be."""
        return str((await self.browser.get("/screen/state")).raise_for_status().json()["page"])

    async def report(self, **differing: Any) -> int:
        return (await self.browser.post("/screen/health", json={**REPORT, **differing})).status_code


@dataclass
class Supervisor:
    browser: httpx2.AsyncClient

    async def submit(self, path: str, **form: str) -> httpx2.Response:
        page = (await self.browser.get(HOME)).text
        csrf = re.search(r'name="csrf" value="(\w+)"', page)
        return await self.browser.post(path, data={"csrf": csrf[1] if csrf else "", **form})

    async def accept(self, code: str, shows: str = f"lobby/{RSUD}", name: str = "TV lobi lantai 1", **form: str) -> int:
        return (await self.submit(HOME, code=code, shows=shows, name=name, **form)).status_code


@asynccontextmanager
async def a_television(house: House) -> AsyncIterator[Television]:
    async with a_visitor(house) as browser:
        yield Television(browser)


@asynccontextmanager
async def a_supervisor(house: House, branch: str = RSUD, role: Role = Role.SUPERVISOR) -> AsyncIterator[Supervisor]:
    async with a_visitor(house) as browser:
        key = await house.keys.create(role, branch, house.floors.clock())
        assert (await browser.post("/sign-in", data={"key": key})).status_code == 303
        yield Supervisor(browser)


@asynccontextmanager
async def both(house: House) -> AsyncIterator[tuple[Television, Supervisor]]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(a_television(house)), await stack.enter_async_context(a_supervisor(house))
