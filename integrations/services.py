"""What `antrean serve` asks of a connection: its own web service."""

from __future__ import annotations

import os

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.contract import NotReady, Opening, system_for
from integrations.health import Health
from queue_service.records.healths import Part
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House


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
        app = system_for(plan).service(opening)
    except NotReady as fault:
        Health(opening, Part.ASKED).is_not_ready(fault)
        raise ValueError(str(fault)) from fault
    return Watched(app, Health(opening, Part.ASKED)) if app else None
