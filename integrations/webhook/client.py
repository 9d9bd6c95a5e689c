"""Talks to the receiver."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from integrations.contract import Item, Sender
from integrations.http import Http
from integrations.webhook.settings import WebhookSettings
from integrations.webhook.translate import TYPES, body_of, headers_of
from queue_service.database import Database
from queue_service.records.identifiers import identifiers_of


class WebhookSender(Sender):
    def __init__(self, settings: WebhookSettings, keys: Sequence[bytes], database: Database | None = None) -> None:
        """`database`: where the numbers of others stand, if they are to be told. Raises NotReady."""
        self._settings = settings
        self._keys = keys
        self._database = database
        self._wanted = None if settings.events is None else frozenset(settings.events)
        self._http = Http(settings, {"Content-Type": "application/json"})

    def wants(self, kind: str) -> bool:
        return kind in TYPES and (self._wanted is None or TYPES[kind] in self._wanted)

    async def send(self, item: Item) -> bool:
        body = body_of(item, await self._ids(item))
        headers = headers_of(item.id, int(time.time()), body, self._keys)
        answer = await self._http.ask("POST", self._settings.url, content=body, headers=headers)
        if not answer.is_success:
            raise answer.failure()
        return True

    async def _ids(self, item: Item) -> Mapping[str, str]:
        label = str(item.fields.get("label") or "")
        if self._database is None or not self._settings.ids or not label:
            return {}
        known = await self._database.read(lambda c: identifiers_of(c, item.branch, item.day, label))
        by_system = {each.system: each.value for each in known}
        return {name: by_system[f"opd-{name}"] for name in self._settings.ids if f"opd-{name}" in by_system}

    async def close(self) -> None:
        await self._http.close()
