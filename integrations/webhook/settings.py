from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.contract import NotReady, Opening, SystemSettings
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


def keys_of(opening: Opening) -> list[bytes]:
    """Raises NotReady."""
    given = opening.secret()
    try:
        return read_secrets(given)
    except ValueError as error:
        raise NotReady(f"{opening.variable()}: {error}.") from error
