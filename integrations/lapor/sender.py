"""Passes complaints on: from the moment in which staff say so until LAPOR has them, or refuses."""

from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import Opening, Outbox, Undelivered
from integrations.lapor.client import LaporClient
from integrations.lapor.settings import LaporSettings
from integrations.lapor.translate import body_of
from queue_service.domain.branches import Branch
from queue_service.domain.complaints import Accept, Action, Complaint, Passage, Reject
from queue_service.domain.errors import NotFound, Refused
from queue_service.records.complaints.complaints import Step


class ComplaintOutbox(Outbox):
    def __init__(self, opening: Opening, settings: LaporSettings) -> None:
        """Raises NotReady."""
        self._opening = opening
        self._settings = settings
        self._client = LaporClient(opening, settings)
        self._taken: dict[str, str] = {}  # by LAPOR, and not written yet

    async def waiting(self) -> Sequence[str]:
        branches = [branch.id for branch in self._opening.branches()]
        store = self._opening.house.complaints
        found = await store.passed_to(self._opening.connection, branches, Passage.WAITING)
        return [each.number for each in found]

    async def send(self, id_: str) -> None:
        store = self._opening.house.complaints
        complaint = await store.get(id_)
        branch = self._branch_of(complaint)
        if id_ not in self._taken:
            words = await store.words_of(complaint)
            self._taken[id_] = await self._client.file(body_of(complaint, words, branch, self._settings))
        await self._note(complaint, Accept(self._taken[id_]))
        del self._taken[id_]

    async def give_up(self, id_: str, why: Undelivered) -> None:
        await self._note(await self._opening.house.complaints.get(id_), Reject(), str(why))

    async def _note(self, complaint: Complaint, action: Action, words: str = "") -> None:
        """Settled meanwhile, or closed: then there is nothing to be written."""
        house, by = self._opening.house, f"system:{self._opening.connection}"
        step, branch = Step(action, by, words), self._branch_of(complaint)
        try:
            await house.complaints.act(complaint.number, step, branch, house.floors.clock())
        except Refused:
            return

    def _branch_of(self, complaint: Complaint) -> Branch:
        """Raises Undelivered for one that is set up no more."""
        try:
            return self._opening.house.branches.get(complaint.branch)
        except NotFound as error:
            raise Undelivered(str(error)) from error

    async def close(self) -> None:
        await self._client.close()
