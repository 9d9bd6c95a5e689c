from __future__ import annotations

from integrations.contract import NotReady, Opening, Sender, System
from integrations.satusehat.probe import probe
from integrations.satusehat.sender import EncounterSender
from integrations.satusehat.settings import SatusehatSettings


class SatusehatSystem(SatusehatSettings, System):
    def sender(self, opening: Opening) -> Sender | None:
        if self.mode != "own":
            return None
        self._check_queues(opening)
        return EncounterSender(opening, self)

    async def probe(self, opening: Opening) -> str:
        self._check_queues(opening)
        return await probe(opening, self)

    def _check_queues(self, opening: Opening) -> None:
        """Raises NotReady."""
        known = {queue for branch in opening.branches() for queue in branch.queues}
        if unknown := next((clinic.queue for clinic in self.clinics if clinic.queue not in known), None):
            raise NotReady(f"no branch of this connection has the queue “{unknown}”, which “clinics” names.")
