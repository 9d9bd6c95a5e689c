from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from integrations.contract import NotReady, Opening, Sender, SystemSettings
from integrations.webhook.translate import TYPES, read_secrets


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("expected an address such as https://agency.example/antrean")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("expected an address without a name, a password and a part after #")
    return url


def _check_event(name: str) -> str:
    if name not in TYPES.values():
        raise ValueError(f"expected one of {', '.join(sorted(TYPES.values()))}, not “{name}”")
    return name


class WebhookSettings(SystemSettings):
    url: Annotated[str, Field(max_length=2000), AfterValidator(_check_url)]
    events: Annotated[list[Annotated[str, AfterValidator(_check_event)]], Field(min_length=1)] | None = None
    allow_private: bool = False  # addresses of one's own network
    ca_file: Path | None = None  # whom to trust instead of the usual authorities

    @model_validator(mode="after")
    def plain_only_at_home(self) -> Self:
        if urlsplit(self.url).scheme == "http" and not self.allow_private:
            raise ValueError("expected “url” to begin with https://; http:// goes with allow_private: true only")
        host = urlsplit(self.url).hostname or ""
        if not self.allow_private and _is_private(host):
            raise ValueError(f"expected an address that all can reach, not {host}; or allow_private: true")
        return self

    def sender(self, opening: Opening) -> Sender:
        from integrations.webhook.client import WebhookSender

        given = opening.secret()
        try:
            keys = read_secrets(given)
        except ValueError as error:
            raise NotReady(f"{opening.variable()}: {error}.") from error
        return WebhookSender(self, keys)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
