"""What this process does again and again by itself, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from queue_service.database import Unavailable

log = logging.getLogger("antrean.chores")


@dataclass(frozen=True, slots=True)
class Chore:
    name: str
    work: Callable[[], Awaitable[object]]
    seconds: Callable[[], float]  # until the next round


@asynccontextmanager
async def doing(*chores: Chore) -> AsyncIterator[None]:
    """A round that is under way is finished, not cut off: it may be in the middle of a query."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_repeat(chore, stopping)) for chore in chores]
    try:
        yield
    finally:
        stopping.set()
        await asyncio.gather(*tasks)


async def _repeat(chore: Chore, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await chore.work()
        except Unavailable as error:
            log.warning("%s waits for the database: %s", chore.name, error)
        except Exception:  # a fault in one round must not end all of them
            log.exception("%s failed", chore.name)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), chore.seconds())
