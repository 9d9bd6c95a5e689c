"""Tells the insurer what happens to each visit, in order and with the counters' times."""

from __future__ import annotations

import logging

from integrations.bpjs.client import Refused
from integrations.bpjs.refusals import Meaning
from integrations.bpjs.telling import VisitSender
from integrations.bpjs.translate import PREPARED, WITHDRAWN, announcement, number_of, prescription_of
from integrations.bpjs.visits import ABSENT, Visit, What, Word
from integrations.contract import Item, Undelivered

log = logging.getLogger("antrean.bpjs")


class BpjsSender(VisitSender):
    async def _tell(self, visit: Visit, word: Word, item: Item) -> bool:
        code, calls = visit.codes[word.nth], self.line.calls
        match word.what:
            case What.ADD:
                if not visit.is_ours(word.nth):
                    return False
                await self._announce(visit, word)
            case What.TASK:
                await self._tell_time(visit, word)
            case What.PHARMACY:
                kind = self._bookings.ways.pharmacy[word.queue]
                number = number_of(visit.label)
                await self._say(lambda: calls.add_pharmacy(code, kind, number, PREPARED))
            case What.WITHDRAW:
                await self._say(lambda: calls.cancel(code, WITHDRAWN), fine=(Meaning.DONE, Meaning.UNKNOWN_BOOKING))
        return True

    async def _announce(self, visit: Visit, word: Word) -> None:
        body = announcement(await self._bookings.announced(visit, word))
        await self._say(lambda: self.line.calls.add(body))

    # Times

    async def _tell_time(self, visit: Visit, word: Word) -> None:
        error = await self._try_time(visit, word)
        if error is None:
            return
        meaning = error.verdict.meaning
        if meaning is Meaning.UNKNOWN_BOOKING and word.task == ABSENT:
            return
        if meaning is Meaning.UNKNOWN_BOOKING:
            # Also of a booking from their own app: they are asked to take what they should have known.
            await self._announce(visit, visit.beginning(word.nth))
        if meaning not in (Meaning.UNKNOWN_BOOKING, Meaning.EARLIER_MISSING, Meaning.BEHIND):
            raise Undelivered(str(error), is_refused=True) from error
        await self._catch_up(visit, word, error)

    async def _try_time(self, visit: Visit, word: Word) -> Refused | None:
        """What they have against it."""
        code, kind = visit.codes[word.nth], prescription_of(word, self._bookings.ways.pharmacy)
        try:
            await self.line.ask(lambda: self.line.calls.tell_time(code, word.task, word.ms, kind))
        except Refused as error:
            return None if error.verdict.meaning is Meaning.DONE else error
        return None

    async def _catch_up(self, visit: Visit, word: Word, error: Refused) -> None:
        """They know more or less than we thought: they are told what is still missing, up to this one."""
        told = await self._told(visit.codes[word.nth])
        code, last = visit.codes[word.nth], max(told, default=0)
        if last == ABSENT or error.verdict.is_over:
            log.warning("Booking %s is over for BPJS: task %d is not told any more", code, word.task)
            return
        for each in visit.tasks(word.nth, up_to=word.task):
            if each.task in told:
                continue
            if each.task < last:
                log.warning("Booking %s: BPJS has task %d already, so %d is never told", code, last, each.task)
                continue
            refusal = await self._try_time(visit, each)
            if refusal is None:
                continue
            if refusal.verdict.meaning is Meaning.EARLIER_MISSING and (gap := visit.gap_before(each)):
                # Nobody made a record of that, and we invent none: the report on data quality shows it.
                log.warning(
                    "Booking %s: BPJS takes no task %d without %d, which was not recorded", code, each.task, gap
                )
            elif each is word:
                raise Undelivered(str(refusal), is_refused=True) from refusal
            else:
                log.warning("Booking %s: task %d is not taken: %s", code, each.task, refusal)

    async def _told(self, code: str) -> set[int]:
        """The tasks that they have."""
        try:
            found = await self.line.ask(lambda: self.line.calls.tasks(code))
        except Refused as error:
            if error.verdict.meaning is Meaning.UNKNOWN_BOOKING:
                return set()
            raise Undelivered(str(error), is_refused=True) from error
        return {each.task for each in found}
