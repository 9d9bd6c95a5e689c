"""Systems of others that the demo shows too, where something is installed that plays them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points

from queue_service.web.house import House

GROUP = "antrean.demo"

Played = Callable[[House], AbstractAsyncContextManager[list[str]]]


@asynccontextmanager
async def outside(house: House) -> AsyncIterator[list[str]]:
    """What is to be said of them at the start."""
    async with AsyncExitStack() as all_:
        notes: list[str] = []
        for point in entry_points(group=GROUP):
            played: Played = point.load()
            notes += await all_.enter_async_context(played(house))
        yield notes
