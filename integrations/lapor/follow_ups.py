"""Hears once an hour what LAPOR says of the complaints that it has: whoever complained reads it here."""

from __future__ import annotations

import logging

from integrations.contract import Opening, Poller, Undelivered
from integrations.lapor.client import LaporClient
from integrations.lapor.settings import LaporSettings
from queue_service.domain.complaints import Complaint, FollowUp, Passage
from queue_service.domain.errors import Refused
from queue_service.records.complaints.complaints import Step

log = logging.getLogger("antrean.lapor")

HOUR = 3600.0


class FollowUpPoller(Poller):
    seconds = HOUR

    def __init__(self, opening: Opening, settings: LaporSettings) -> None:
        """Raises NotReady."""
        self._opening = opening
        self._client = LaporClient(opening, settings)

    async def look(self) -> None:
        """One that LAPOR does not know any more keeps no other from being asked for."""
        branches = [branch.id for branch in self._opening.branches()]
        store = self._opening.house.complaints
        for complaint in await store.passed_to(self._opening.connection, branches, Passage.TAKEN):
            try:
                await self._hear(complaint)
            except Undelivered as error:
                if not error.is_refused:
                    raise
                log.warning("Nothing is heard of %s: %s", complaint.number, error)

    async def _hear(self, complaint: Complaint) -> None:
        house, passed = self._opening.house, complaint.escalation
        assert passed is not None
        branch, by = house.branches.get(complaint.branch), f"system:{self._opening.connection}"
        for told in await self._client.follow_ups(passed.tracking):
            step = Step(FollowUp(told.theirs), by, told.text)
            try:
                await house.complaints.act(complaint.number, step, branch, house.floors.clock())
            except Refused:
                return  # closed meanwhile

    async def close(self) -> None:
        await self._client.close()
