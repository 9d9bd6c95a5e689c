from __future__ import annotations

from integrations.contract import Opening, Poller, System
from integrations.dukcapil.poller import IdentityPoller
from integrations.dukcapil.probing import probe
from integrations.dukcapil.settings import DukcapilSettings
from integrations.dukcapil.ways import open_way


class DukcapilSystem(DukcapilSettings, System):
    def poller(self, opening: Opening) -> Poller | None:
        return None if self.mode == "off" else IdentityPoller(opening, open_way(self, opening.secret))

    async def probe(self, opening: Opening) -> str:
        return await probe(opening, self)
