from __future__ import annotations

from integrations.contract import Opening, Sender, System
from integrations.http import Http
from integrations.webhook.client import WebhookSender
from integrations.webhook.settings import WebhookSettings, keys_of


class WebhookSystem(WebhookSettings, System):
    def sender(self, opening: Opening) -> Sender:
        return WebhookSender(self, keys_of(opening), opening.house.database if self.ids else None)

    async def probe(self, opening: Opening) -> str:
        await self.sender(opening).close()  # so that the secret has been read
        http = Http(self)
        try:
            answer = await http.ask("GET", self.url)
        finally:
            await http.close()
        return f"it is there: it answered {answer.status} to a plain GET, and nothing was sent"
