from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from starlette.types import ASGIApp

from integrations.bpjs.answers.service import make_service
from integrations.bpjs.bookings import Bookings
from integrations.bpjs.days import figures_of
from integrations.bpjs.opening import open_line
from integrations.bpjs.probing import probe
from integrations.bpjs.puskesmas_sender import PuskesmasSender
from integrations.bpjs.schedule_poller import SchedulePoller
from integrations.bpjs.sender import BpjsSender
from integrations.bpjs.settings import BpjsSettings, PuskesmasSettings
from integrations.contract import Opening, Poller, Sender, System
from queue_service.web.reports import Spans

POLLED_PER_SECOND = 1.0


class BpjsSystem(BpjsSettings, System):
    def sender(self, opening: Opening) -> Sender | None:
        if self.sends is None:
            return None
        kept_back = POLLED_PER_SECOND if self.sends.schedules else 0
        line = open_line(opening, self.sends, per_second=self.sends.per_second - kept_back)
        return BpjsSender(Bookings(opening, self.clinics, self.ways), line)

    def poller(self, opening: Opening) -> Poller | None:
        if self.sends is None or not self.sends.schedules:
            return None
        # Of the calls that were agreed on, one each second is the poller's.
        return SchedulePoller(opening, self.clinics, open_line(opening, self.sends, per_second=POLLED_PER_SECOND))

    def service(self, opening: Opening) -> ASGIApp | None:
        if self.answers is None:
            return None
        return make_service(opening, self.answers, self.clinics, self.admission, self.pharmacy)

    async def probe(self, opening: Opening) -> str:
        return await probe(opening, self)

    async def figures(self, opening: Opening, day: date) -> Sequence[Spans]:
        return await figures_of(opening, self, day)


class PuskesmasSystem(PuskesmasSettings, System):
    def sender(self, opening: Opening) -> Sender | None:
        if self.sends is None:
            return None
        line = open_line(opening, self.sends, is_puskesmas=True)
        return PuskesmasSender(Bookings(opening, self.clinics, self.ways), line)

    def service(self, opening: Opening) -> ASGIApp | None:
        return None if self.answers is None else make_service(opening, self.answers, self.clinics)

    async def probe(self, opening: Opening) -> str:
        return await probe(opening, self, opening.house.floors.clock().date())
