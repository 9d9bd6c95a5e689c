"""Connections to other systems, served by the very process that serves the people: where there is only one.

Who serves them is an entry point, loaded once a connection is set up. Another process may do the same: each connection
has one owner at a time, wherever that is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from typing import Protocol

from sqlalchemy import Connection, select

from queue_service.chores import Chore, doing
from queue_service.records.tables import connections
from queue_service.settings import Settings
from queue_service.web.house import House

GROUP = "antrean.inside"
LOOK_SECONDS = 2.0


class Tending(Protocol):
    def __call__(self, house: House) -> AbstractAsyncContextManager[None]:
        """While it lasts, the connections are served, as far as nobody else does."""


def are_inside(settings: Settings, *, is_alone: bool) -> bool:
    if settings.integrations is not None:
        return settings.integrations == "inside"
    return is_alone and settings.database_url.startswith("sqlite")


@asynccontextmanager
async def connections_inside(house: House) -> AsyncIterator[None]:
    """Ends them in order: what is under way is finished."""
    async with AsyncExitStack() as stack:
        is_begun = False

        async def look() -> None:
            nonlocal is_begun
            if is_begun or not await house.database.read(_are_any):
                return
            is_begun = True
            for point in entry_points(group=GROUP):
                tending: Tending = await asyncio.to_thread(point.load)  # takes a while, and phones are waiting
                await stack.enter_async_context(tending(house))

        async with doing(Chore("Looking for connections", look, lambda: LOOK_SECONDS)):
            yield


def _are_any(connection: Connection) -> bool:
    return connection.execute(select(connections.c.id).limit(1)).first() is not None
