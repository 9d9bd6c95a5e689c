"""Where other systems ask us: each connection's own web service, under `/connections/<its id>/`."""

from __future__ import annotations

import asyncio
import logging
import time
from importlib.metadata import entry_points
from typing import Protocol

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from queue_service.domain.errors import NotFound
from queue_service.records.connections import KnownConnection, read_connections
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from queue_service.web.problems import problem

log = logging.getLogger("antrean.services")

GROUP = "antrean.services"
LOOK_SECONDS = 1.0


class Opener(Protocol):
    def __call__(self, plan: ConnectionPlan, house: House) -> ASGIApp | None:
        """None for a connection that nobody asks anything. Raises ValueError with a sentence when it cannot run."""


class Services:
    """As the connections are set up at the moment."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, tuple[int, ASGIApp | None]] = {}  # by id: of which version, and what answers
        self._looked = -LOOK_SECONDS
        self._looking = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return None
        name = scope["path"].removeprefix(scope["root_path"]).lstrip("/").partition("/")[0]
        app = await self._find(name)
        if app is None:
            nobody = problem(Request(scope), NotFound("There is nothing here."))
            return await nobody(scope, receive, send)
        await app({**scope, "root_path": f"{scope['root_path']}/{name}"}, receive, send)

    async def _find(self, name: str) -> ASGIApp | None:
        async with self._looking:
            if time.monotonic() >= self._looked + LOOK_SECONDS:
                self._take_up(await self._house.database.read(read_connections))
                self._looked = time.monotonic()
        return self._known.get(name, (0, None))[1]

    def _take_up(self, connections: list[KnownConnection]) -> None:
        known = {each.plan.id: each for each in connections}
        for name in self._known.keys() - known.keys():
            del self._known[name]
        for name, each in known.items():
            if self._known.get(name, (0, None))[0] != each.version:
                self._known[name] = (each.version, self._open(each.plan))

    def _open(self, plan: ConnectionPlan) -> ASGIApp | None:
        for point in entry_points(group=GROUP):
            opener: Opener = point.load()
            try:
                if (app := opener(plan, self._house)) is not None:
                    return app
            except ValueError as error:
                log.error("The connection %s answers nobody: %s", plan.id, error)
        return None
