from __future__ import annotations

from integrations.contract import Opening, Outbox, Poller, System
from integrations.lapor.follow_ups import FollowUpPoller
from integrations.lapor.probe import probe
from integrations.lapor.sender import ComplaintOutbox
from integrations.lapor.settings import LaporSettings


class LaporSystem(LaporSettings, System):
    def outbox(self, opening: Opening) -> Outbox:
        return ComplaintOutbox(opening, self)

    def poller(self, opening: Opening) -> Poller:
        return FollowUpPoller(opening, self)

    async def probe(self, opening: Opening) -> str:
        return await probe(opening, self)
