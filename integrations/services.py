"""What `antrean serve` asks of a connection: its own web service, and whether it works."""

from __future__ import annotations

import asyncio
import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.contract import NotReady, Opening, Undelivered
from integrations.health import Health
from integrations.run import settings_for
from queue_service.records.healths import Part
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House

PROBE_SECONDS = 20.0


class Watched:
    """A web service, and how it does: told by the status of each answer."""

    def __init__(self, app: ASGIApp, health: Health) -> None:
        self._app = app
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] < 400:
                    self._health.took()
                else:
                    self._health.was_refused(f"it was answered {message['status']}")
            await send(message)

        await self._app(scope, receive, watch)


def open_service(plan: ConnectionPlan, house: House) -> ASGIApp | None:
    """Raises ValueError with a sentence."""
    opening = Opening(plan, house, os.environ)
    try:
        app = settings_for(plan).service(opening)
    except NotReady as fault:
        Health(opening, Part.ASKED).is_not_ready(fault)
        raise ValueError(str(fault)) from fault
    return Watched(app, Health(opening, Part.ASKED)) if app else None


async def probe(plan: ConnectionPlan, house: House) -> str:
    """What was found. Raises ValueError with a sentence where it does not work."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await settings_for(plan).probe(Opening(plan, house, os.environ))
    except (NotReady, Undelivered) as fault:
        raise ValueError(str(fault)) from fault
    except TimeoutError as error:
        raise ValueError(f"no answer within {PROBE_SECONDS:.0f} seconds") from error
