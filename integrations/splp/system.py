from __future__ import annotations

from starlette.types import ASGIApp

from integrations.contract import Opening, System
from integrations.splp.provider import Provider


class SplpSystem(System):
    """What we publish needs no key: it is what hangs on the wall. Who may ask is the gateway's matter."""

    def service(self, opening: Opening) -> ASGIApp:
        return Provider(opening)

    async def probe(self, opening: Opening) -> str:
        return await Provider(opening).probe()
