"""Asks the other side again and again, for as long as the connection is ours."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress

from integrations.contract import Looked, Poller, Undelivered
from integrations.health import Health
from integrations.patience import rest_seconds
from queue_service.database import Unavailable

log = logging.getLogger("antrean.integrations")

LONGEST_SECONDS = 60.0  # between two tries to ask who is away
PARTING_SECONDS = 2.0  # for a look under way, once this is to stop: what was begun here ends, a slow other side is left


async def poll(name: str, poller: Poller, stopping: asyncio.Event, health: Health | None = None) -> None:
    """Until it is to stop. While it fails it is tried more and more seldom, and what is delivered beside it goes on."""
    failures = 0
    while not stopping.is_set():
        found = await _try(name, poller, stopping)
        failure = None if isinstance(found, Looked) else found
        if health and isinstance(found, Looked):
            _count(found, health)
        if stopping.is_set():
            return
        failures = failures + 1 if failure else 0
        if failures == 1:
            log.warning("%s: %s", name, failure)
        if health and failure is None:
            health.found_well()
        elif health and isinstance(failure, Undelivered):
            health.is_away(failure)
        tired = min(LONGEST_SECONDS, rest_seconds(failures, random.random())) if failures else 0.0  # noqa: S311
        await pause(max(poller.seconds, tired), stopping)


def _count(found: Looked, health: Health) -> None:
    for _ in range(found.taken):
        health.took()
    for why in found.refused:
        health.was_refused(why)


async def _try(name: str, poller: Poller, stopping: asyncio.Event) -> Looked | Undelivered | Unavailable | None:
    """What came of it, or what went wrong."""
    try:
        return await _look(poller, stopping)
    except (Undelivered, Unavailable) as error:
        return error
    except Exception as error:  # of a system: it must not end what is delivered beside it
        log.exception("%s: looking failed in an unforeseen way", name)
        return Undelivered(f"a fault of our own: {error!r}")


async def _look(poller: Poller, stopping: asyncio.Event) -> Looked | None:
    """To its end, or until it is to stop and has had the time for that."""
    looking, told = asyncio.create_task(poller.look()), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({looking, told}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({looking}, timeout=PARTING_SECONDS)
    finally:
        told.cancel()
        if not looking.done():
            looking.cancel()
            await asyncio.wait({looking})
    return None if looking.cancelled() else looking.result()


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)
