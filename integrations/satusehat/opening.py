"""A connection's client, from its settings and its secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from integrations.http import Http
from integrations.satusehat.client import Account, SatusehatClient
from integrations.satusehat.settings import SatusehatSettings

Secret = Callable[[str], str]  # of a name; raises NotReady


def open_client(settings: SatusehatSettings, secret: Secret) -> SatusehatClient:
    """Raises NotReady."""
    client_id, client_secret = secret("CLIENT_ID"), secret("CLIENT_SECRET")
    account = Account(settings.base_url, settings.organization, client_id, client_secret)
    return SatusehatClient(account, Http(settings))


@asynccontextmanager
async def client_of(settings: SatusehatSettings, secret: Secret) -> AsyncIterator[SatusehatClient]:
    """Raises NotReady."""
    client = open_client(settings, secret)
    try:
        yield client
    finally:
        await client.close()
