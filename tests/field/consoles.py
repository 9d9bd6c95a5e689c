"""Two consoles and the visitors of a day in the field, over HTTP: whoever hears nothing asks the same again."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Self

import httpx2

from queue_service.app import make_app
from queue_service.domain.trip_actions import ReachStop
from queue_service.field.folders import Folder, Keys
from queue_service.records.roles import Role
from queue_service.web.house import House
from tests.field.days import PLACE, TEAM, in_the_field
from tests.houses import Clock

API = f"/api/v1/branches/{TEAM}"


@dataclass
class Laptop:
    """The service in the field, through as many lives as a test wants."""

    taken: tuple[Folder, Keys]
    clock: Clock
    lives: int = 0
    key: str = ""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        self.house: House = await self._stack.enter_async_context(in_the_field(self.taken, self.clock))
        transport = httpx2.ASGITransport(make_app(self.house), raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url="http://laptop")
        self.client = await self._stack.enter_async_context(client)
        self.lives += 1
        self.key = self.key or await self.house.keys.create(Role.CLERK, TEAM, self.clock())

    async def die(self) -> None:
        """Whatever is not on the disk at this moment is gone, and so is who was about to answer."""
        folder, keys = self.taken
        new = folder.path.with_name(f"{folder.path.name}-{self.lives}")
        # Nobody commits while this holds the only right to write: the copy is what a dead process leaves.
        await self.house.database.write(lambda connection: shutil.copytree(folder.path, new))
        dead, self._stack = self._stack, AsyncExitStack()
        self.taken = (replace(folder, path=new), keys)
        await dead.aclose()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *why: object) -> None:
        await self._stack.aclose()


@dataclass
class People:
    """Who is served, by whom, and how often nobody heard the answer."""

    laptop: Laptop
    rng: random.Random
    deaths: int
    keys: int = 0
    unheard: int = 0

    async def ask(self, path: str, body: dict[str, Any] | None = None) -> httpx2.Response:
        """Until it is answered, under one key; now and then the laptop dies meanwhile."""
        self.keys += 1
        key = f"key-{self.keys}"
        if self.deaths and self.rng.random() < 0.05:
            self.deaths -= 1
            await self._ask_the_dying(path, key, body)
        return await self._post(path, key, body)

    async def _ask_the_dying(self, path: str, key: str, body: dict[str, Any] | None) -> None:
        asking = asyncio.create_task(self._post(path, key, body))
        for _ in range(self.rng.randrange(40)):
            await asyncio.sleep(0)
        await self.laptop.die()
        self.unheard += 1
        await asyncio.wait([asking])
        asking.exception()

    async def _post(self, path: str, key: str, body: dict[str, Any] | None) -> httpx2.Response:
        headers = {"Idempotency-Key": key, "Authorization": f"Bearer {self.laptop.key}"}
        return await self.laptop.client.post(path, json=body or {}, headers=headers)


async def serve_stop(people: People, queue: str, tokens: dict[str, str], between: Callable[[], Awaitable[None]]) -> int:
    """Everybody who has a time there, and two who have none, by two consoles. How many were served."""
    laptop = people.laptop
    await laptop.house.desk.act(TEAM, ReachStop(queue), "clerk:field")
    for counter in ("1", "2"):
        assert (await people.ask(f"{API}/counters/{counter}/open")).status_code == 200
    here = sorted(label for label in tokens if label.startswith(f"{queue.upper()}-"))
    for label in here:
        assert (await people.ask(f"/api/v1/tickets/{tokens[label]}/check-in")).status_code == 200, label
        laptop.clock.turn(seconds=20)
    for _ in range(2):
        walk_in = await people.ask(f"{API}/tickets", {"queue": queue})
        assert walk_in.status_code == 201, walk_in.text
    served = 0
    while await _serve_one(people, ("1", "2")[served % 2]):
        served += 1
        laptop.clock.turn(minutes=4, seconds=people.rng.randrange(60))
        await between()
    return served


async def _serve_one(people: People, counter: str) -> bool:
    called = await people.ask(f"{API}/counters/{counter}/call-next")
    if called.status_code == 204:
        return False
    assert called.status_code == 200, called.text
    people.laptop.clock.turn(seconds=30)
    for action in ("serve", "complete"):
        assert (await people.ask(f"{API}/counters/{counter}/{action}")).status_code == 200
    return True


async def tokens_at(house: House) -> dict[str, str]:
    from queue_service.tokens import TicketName

    floor = await house.floors.get(PLACE)
    return {label: house.tokens.token_of(TicketName(*PLACE, label)) for label in floor.tickets}
