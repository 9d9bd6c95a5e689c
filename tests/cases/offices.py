"""A registry whose papers are followed, with people who go through it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from queue_service.casework import Casework
from queue_service.domain.actions import CallNext, Complete, Issue, Serve, SetCounter
from queue_service.domain.cases import Case
from queue_service.domain.counters import CounterState
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.houses import NINE, Clock, a_house

REGISTRY = "disdukcapil-lahat"
FRONT, VERIFICATION, PRINTING, HAND_OVER = "1", "6", "7", "8"
CLERK = "clerk:test"
LAST_DAY = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # half past eleven at night in Lahat


@asynccontextmanager
async def a_registry(folder: Path, clock: Clock | None = None) -> AsyncIterator[House]:
    async with a_house(folder, clock) as house:
        await open_counters(house)
        yield house


async def open_counters(house: House) -> None:
    for counter in (FRONT, VERIFICATION, PRINTING, HAND_OVER):
        await house.desk.act(REGISTRY, SetCounter(counter, CounterState.OPEN), CLERK)


def casework(house: House) -> Casework:
    return Casework(house.cases, house.floors, house.branches)


async def come(house: House, journey: str = "ktp-cetak") -> None:
    await house.desk.act(REGISTRY, Issue("", journey=journey), "visitor")


async def pass_through(house: House, counter: str) -> None:
    for action in (CallNext(counter), Serve(counter), Complete(counter)):
        await house.desk.act(REGISTRY, action, CLERK)


async def a_case(house: House) -> Case:
    """Of the first who came today, made at the first counter."""
    await come(house)
    await pass_through(house, FRONT)
    await casework(house).follow()
    (found,) = (await house.cases.of_ticket(REGISTRY, house.floors.today(REGISTRY)[1], "A-001")).values()
    return found


async def key_of(house: House, role: Role = Role.CLERK) -> dict[str, str]:
    return {"Authorization": f"Bearer {await house.keys.create(role, REGISTRY, NINE)}"}


async def sign_in(visitor: httpx2.AsyncClient, house: House, role: Role = Role.CLERK) -> None:
    key = await house.keys.create(role, REGISTRY, NINE)
    answer = await visitor.post("/sign-in", data={"key": key, "next": "/"}, follow_redirects=False)
    assert answer.status_code == 303
