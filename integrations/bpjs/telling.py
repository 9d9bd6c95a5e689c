"""What both senders do: find out what an entry means now, introduce the booking where it is new, and tell it all."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from integrations.bpjs.bookings import Bookings
from integrations.bpjs.client import Refused
from integrations.bpjs.line import Line
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.visits import ABSENT, WANTED, Visit, Word
from integrations.contract import Item, Sender, Undelivered
from queue_service.domain.asking import Field


class VisitSender(Sender):
    """`needs`: what has to be known of a person to be announced; None: a card or a NIK."""

    needs: ClassVar[Field | None] = None

    def __init__(self, bookings: Bookings, line: Line) -> None:
        self._bookings = bookings
        self.line = line
        self.parallel = line.parallel

    def wants(self, kind: str) -> bool:
        return kind in WANTED

    async def send(self, item: Item) -> bool:
        visit, told = await self._bookings.visit(item), False
        if visit is None:
            return False
        new = [word for word in visit.words if word.seq == item.seq]
        for nth in dict.fromkeys(word.nth for word in new):
            its = [word for word in new if word.nth == nth]
            if nth not in visit.codes:
                if not await self._introduce(visit, nth):
                    continue
                its = visit.of(nth)  # all that was recorded before it could be announced
            for word in its:
                told |= await self._tell(visit, word, item)
        return told

    async def close(self) -> None:
        await self.line.close()

    async def _introduce(self, visit: Visit, nth: int) -> bool:
        """Whether there is somebody to announce; whom nobody heard of has nothing to withdraw."""
        if any(word.task == ABSENT for word in visit.of(nth)):
            return False
        return await self._bookings.keep_code(visit, nth, self.needs)

    @abstractmethod
    async def _tell(self, visit: Visit, word: Word, item: Item) -> bool:
        """Whether it is ours to tell. Raises Undelivered, and after that tells nothing of what comes behind."""

    async def _say(self, call: Callable[[], Awaitable[None]], fine: Sequence[Meaning] = (Meaning.DONE,)) -> None:
        try:
            await self.line.ask(call)
        except Refused as error:
            if error.verdict.meaning not in fine:
                raise Undelivered(str(error), is_refused=True) from error
