"""The same for a Puskesmas or clinic (FKTP), to which the insurer gives neither codes nor tasks: who has a number, who
came, who withdrew. Its key is the date, the clinic and the card."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from integrations.bpjs.bookings import Bookings
from integrations.bpjs.client import Refused
from integrations.bpjs.line import Line
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.translate import WITHDRAWN, Announced, puskesmas_announcement
from integrations.bpjs.visits import ABSENT, TREATED, TREATING, WANTED, Visit, What, Word
from integrations.contract import Item, Sender, Undelivered
from queue_service.domain.asking import Field

DONE, UNKNOWN = Meaning.DONE, Meaning.UNKNOWN_BOOKING
BY_THE_OFFICE = "Pelayanan hari ini sudah berakhir."


class PuskesmasSender(Sender):
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
                if any(word.task == ABSENT for word in its):
                    continue
                if not await self._bookings.keep_code(visit, nth, needs=Field.CARD):
                    continue
                its = visit.of(nth)
            for word in its:
                told |= await self._tell(visit, word, item)
        return told

    async def close(self) -> None:
        await self.line.close()

    async def _tell(self, visit: Visit, word: Word, item: Item) -> bool:
        """Whether there was anything to tell."""
        booking = await self._bookings.announced(visit, visit.beginning(word.nth))
        is_first_sign = not any(each.task == TREATING for each in visit.of(word.nth))
        if word.what is What.ADD and visit.is_ours(word.nth):
            await self._add(booking)
        elif word.what is What.WITHDRAW:
            await self._cancel(booking, WITHDRAWN)
        elif word.task == TREATING or (word.task == TREATED and is_first_sign):
            await self._call(booking, word.ms, is_here=True)
        elif word.task == ABSENT and item.kind == "released":
            await self._cancel(booking, BY_THE_OFFICE)
        elif word.task == ABSENT and item.kind != "cancelled":
            await self._call(booking, word.ms, is_here=False)
        else:
            return False
        return True

    async def _add(self, booking: Announced) -> None:
        await self._say(lambda: self.line.puskesmas.add(puskesmas_announcement(booking)))

    async def _cancel(self, booking: Announced, why: str) -> None:
        day, poli, card = booking.day, booking.clinic.poli, booking.person.get(Field.CARD, "")
        await self._say(lambda: self.line.puskesmas.cancel(day, poli, card, why), fine=(DONE, UNKNOWN))

    async def _call(self, booking: Announced, ms: int, *, is_here: bool) -> None:
        day, poli, card = booking.day, booking.clinic.poli, booking.person.get(Field.CARD, "")

        async def call() -> None:
            await self.line.puskesmas.tell_call(day, poli, card, 1 if is_here else 2, ms)

        try:
            await self.line.ask(call)
        except Refused as error:
            if error.verdict.meaning is not UNKNOWN:
                raise Undelivered(str(error), is_refused=True) from error
            await self._add(booking)
            await self._say(call)

    async def _say(self, call: Callable[[], Awaitable[None]], fine: Sequence[Meaning] = (Meaning.DONE,)) -> None:
        try:
            await self.line.ask(call)
        except Refused as error:
            if error.verdict.meaning not in fine:
                raise Undelivered(str(error), is_refused=True) from error
