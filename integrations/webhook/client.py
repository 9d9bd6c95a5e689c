"""Talks to the receiver."""

from __future__ import annotations

import time
from collections.abc import Sequence

from integrations.contract import Item, Sender
from integrations.http import Http
from integrations.webhook.settings import WebhookSettings
from integrations.webhook.translate import TYPES, body_of, headers_of


class WebhookSender(Sender):
    def __init__(self, settings: WebhookSettings, keys: Sequence[bytes]) -> None:
        """Raises NotReady."""
        self._settings = settings
        self._keys = keys
        self._wanted = None if settings.events is None else frozenset(settings.events)
        self._http = Http(settings, {"Content-Type": "application/json"})

    def wants(self, kind: str) -> bool:
        return kind in TYPES and (self._wanted is None or TYPES[kind] in self._wanted)

    async def send(self, item: Item) -> bool:
        body = body_of(item)
        headers = headers_of(item.id, int(time.time()), body, self._keys)
        answer = await self._http.ask("POST", self._settings.url, content=body, headers=headers)
        if not answer.is_success:
            raise answer.failure()
        return True

    async def close(self) -> None:
        await self._http.close()
