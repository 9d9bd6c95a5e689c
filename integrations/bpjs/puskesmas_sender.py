"""The same for a Puskesmas or clinic (FKTP), to which the insurer gives neither codes nor tasks: who has a number, who
came, who withdrew. Its key is the date, the clinic and the card."""

from __future__ import annotations

from typing import Any

from integrations.bpjs.bookings import Bookings
from integrations.bpjs.client import Refused
from integrations.bpjs.line import Line
from integrations.bpjs.refusals import ADD, CANCEL, Meaning
from integrations.bpjs.translate import presence, puskesmas_announcement, puskesmas_withdrawal
from integrations.bpjs.visits import ABSENT, TREATED, TREATING, WANTED, Visit, What, Word
from integrations.contract import Item, Sender, Undelivered
from queue_service.domain.asking import Field

CALL = "/antrean/panggil"
BY_THE_OFFICE = "Pelayanan hari ini sudah berakhir."


class PuskesmasSender(Sender):
    def __init__(self, bookings: Bookings, line: Line) -> None:
        self._bookings = bookings
        self._line = line
        self.parallel = line.parallel

    def wants(self, kind: str) -> bool:
        return kind in WANTED

    async def send(self, item: Item) -> None:
        visit = await self._bookings.visit(item)
        if visit is None:
            return
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
                await self._tell(visit, word, item)

    async def close(self) -> None:
        await self._line.close()

    async def _tell(self, visit: Visit, word: Word, item: Item) -> None:
        booking = await self._bookings.announced(visit, visit.beginning(word.nth))
        day, clinic, card = booking.day, booking.clinic, booking.person.get(Field.CARD, "")
        is_first_sign = not any(each.task == TREATING for each in visit.of(word.nth))
        if word.what is What.ADD and visit.is_ours(word.nth):
            await self._post(ADD, puskesmas_announcement(booking))
        elif word.what is What.WITHDRAW:
            await self._post(CANCEL, puskesmas_withdrawal(day, clinic, card), is_unknown_fine=True)
        elif word.task == TREATING or (word.task == TREATED and is_first_sign):
            await self._call(visit, word, presence(day, clinic, card, is_here=True, ms=word.ms))
        elif word.task == ABSENT and item.kind in ("no_show", "lapsed"):
            await self._call(visit, word, presence(day, clinic, card, is_here=False, ms=word.ms))
        elif word.task == ABSENT and item.kind == "released":
            body = puskesmas_withdrawal(day, clinic, card, BY_THE_OFFICE)
            await self._post(CANCEL, body, is_unknown_fine=True)

    async def _call(self, visit: Visit, word: Word, body: dict[str, Any]) -> None:
        try:
            await self._line.post(CALL, body)
        except Refused as error:
            meaning = error.verdict.meaning
            if meaning is Meaning.UNKNOWN_BOOKING:
                booking = await self._bookings.announced(visit, visit.beginning(word.nth))
                await self._post(ADD, puskesmas_announcement(booking))
                await self._post(CALL, body)
            elif meaning is not Meaning.DONE:
                raise Undelivered(str(error), is_refused=True) from error

    async def _post(self, path: str, body: dict[str, Any], *, is_unknown_fine: bool = False) -> None:
        try:
            await self._line.post(path, body)
        except Refused as error:
            meaning = error.verdict.meaning
            if meaning is not Meaning.DONE and not (is_unknown_fine and meaning is Meaning.UNKNOWN_BOOKING):
                raise Undelivered(str(error), is_refused=True) from error
