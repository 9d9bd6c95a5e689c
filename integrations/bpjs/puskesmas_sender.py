"""The same for a Puskesmas or clinic (FKTP), to which the insurer gives neither codes nor tasks: who has a number, who
came, who withdrew. Its key is the date, the clinic and the card."""

from __future__ import annotations

from integrations.bpjs.client import Refused
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.telling import VisitSender
from integrations.bpjs.translate import WITHDRAWN, Announced, puskesmas_announcement
from integrations.bpjs.visits import ABSENT, TREATED, TREATING, Visit, What, Word
from integrations.contract import Item, Undelivered
from queue_service.domain.asking import Field

DONE, UNKNOWN = Meaning.DONE, Meaning.UNKNOWN_BOOKING
BY_THE_OFFICE = "Pelayanan hari ini sudah berakhir."


class PuskesmasSender(VisitSender):
    needs = Field.CARD

    async def _tell(self, visit: Visit, word: Word, item: Item) -> bool:
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
