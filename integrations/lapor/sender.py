"""Passes complaints on: from the moment in which staff say so until LAPOR has them, or refuses.

LAPOR knows no key by which it would notice a repetition, and has no way to ask for what it was sent. So that it is sent
is written before it goes out, and what may have arrived is never sent again by itself: staff look for it there.
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import Opening, Outbox, Undelivered
from integrations.lapor.client import LaporClient
from integrations.lapor.settings import LaporSettings
from integrations.lapor.translate import Json, body_of
from queue_service.domain.branches import Branch
from queue_service.domain.complaints import Accept, Action, Complaint, Doubt, Passage, Reject, Release, Send
from queue_service.domain.errors import NotFound, Refused
from queue_service.records.complaints.complaints import Step
from queue_service.records.complaints.passing import passed_on

INTERRUPTED = "it was interrupted while it waited for an answer"
Outcome = tuple[Action, str]  # and what is said of it


class ComplaintOutbox(Outbox):
    def __init__(self, opening: Opening, settings: LaporSettings) -> None:
        """Raises NotReady."""
        self._opening = opening
        self._settings = settings
        self._client = LaporClient(opening, settings)
        self._heard: dict[str, Outcome] = {}  # what came of each, until that is written

    async def waiting(self) -> Sequence[str]:
        """With those that were on their way when a process ended."""
        branches = [branch.id for branch in self._opening.branches()]
        store = self._opening.house.complaints
        found = await store.passed_to(self._opening.connection, branches, Passage.WAITING, Passage.SENT)
        return [each.number for each in found]

    async def send(self, id_: str) -> None:
        complaint = await self._opening.house.complaints.get(id_)
        if id_ in self._heard:
            return await self._write(complaint)
        if complaint.passage is Passage.SENT:
            self._heard[id_] = (Doubt(), INTERRUPTED)
            await self._write(complaint)
            raise Undelivered(INTERRUPTED, in_doubt=True)
        body = await self._body_of(complaint)
        await self._client.knock()  # while LAPOR is away, nothing comes into doubt
        sent = await self._note(complaint, Send())
        if sent is None:
            return None  # staff keep it back, or another sends it
        if sent.seq > complaint.seq + 1:  # something was written since it was read: then it is read again
            self._heard[id_] = (Release(), "")
        else:
            await self._file(id_, body)
        await self._write(sent)

    async def _file(self, id_: str, body: Json) -> None:
        """Raises Undelivered."""
        try:
            self._heard[id_] = (Accept(await self._client.file(body)), "")
        except Undelivered as error:
            if not error.is_final:  # else it is given up
                self._heard[id_] = (Doubt(), str(error)) if error.in_doubt else (Release(), "")
                await self._write(await self._opening.house.complaints.get(id_))
            raise

    async def _body_of(self, complaint: Complaint) -> Json:
        store, branch = self._opening.house.complaints, self._branch_of(complaint)
        words = await store.words_of(complaint)
        passed = passed_on(complaint, words, branch, store.is_name(complaint, words))
        return body_of(complaint, passed, branch, self._settings)

    async def give_up(self, id_: str, why: Undelivered) -> None:
        self._heard[id_] = (Reject(), str(why))
        await self._write(await self._opening.house.complaints.get(id_))

    async def _write(self, complaint: Complaint) -> None:
        """What came of it. Where that fails it is tried again, without sending anything."""
        action, words = self._heard[complaint.number]
        await self._note(complaint, action, words)
        del self._heard[complaint.number]

    async def _note(self, complaint: Complaint, action: Action, words: str = "") -> Complaint | None:
        """None: it was settled meanwhile, or closed, and there is nothing to be written."""
        house, by = self._opening.house, f"system:{self._opening.connection}"
        step, branch = Step(action, by, words), self._branch_of(complaint)
        try:
            return await house.complaints.act(complaint.number, step, branch, house.floors.clock())
        except Refused:
            return None

    def _branch_of(self, complaint: Complaint) -> Branch:
        """Raises Undelivered for one that is set up no more."""
        try:
            return self._opening.house.branches.get(complaint.branch)
        except NotFound as error:
            raise Undelivered(str(error)) from error

    async def close(self) -> None:
        await self._client.close()
