from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.contract import NotReady, Opening, Sender, SystemSettings
from integrations.reach import Reach, Url
from integrations.webhook.translate import TYPES, read_secrets


def _check_event(name: str) -> str:
    if name not in TYPES.values():
        raise ValueError(f"expected one of {', '.join(sorted(TYPES.values()))}, not “{name}”")
    return name


EventType = Annotated[str, AfterValidator(_check_event)]


class WebhookSettings(SystemSettings, Reach):
    url: Url
    events: Annotated[list[EventType], Field(min_length=1)] | None = None
    ids: tuple[str, ...] = ()  # connections to systems of agencies, whose ids of a ticket are told with it

    @model_validator(mode="after")
    def plain_only_at_home(self) -> Self:
        self.check_reach(self.url)
        return self

    def sender(self, opening: Opening) -> Sender:
        from integrations.webhook.client import WebhookSender

        return WebhookSender(self, keys_of(opening), opening.house.database if self.ids else None)

    async def probe(self, opening: Opening) -> str:
        from integrations.http import Http

        await self.sender(opening).close()  # so that the secret has been read
        http = Http(self)
        try:
            answer = await http.ask("GET", self.url)
        finally:
            await http.close()
        return f"it is there: it answered {answer.status} to a plain GET, and nothing was sent"


def keys_of(opening: Opening) -> list[bytes]:
    """Raises NotReady."""
    given = opening.secret()
    try:
        return read_secrets(given)
    except ValueError as error:
        raise NotReady(f"{opening.variable()}: {error}.") from error
