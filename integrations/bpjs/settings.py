from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from starlette.types import ASGIApp

from integrations.bpjs.answers.settings import AnswerSettings, PuskesmasAnswers
from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.visits import Medicine, Ways
from integrations.contract import Opening, Poller, Sender, SystemSettings
from integrations.reach import Reach, Url
from queue_service.web.reports import Spans

POLLED_PER_SECOND = 1.0


class SendsPlan(Reach):
    """What the hospital tells the insurer. `per_second`: calls at most. `absent_after`: so many misses."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: Url
    cons_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
    content_type: Annotated[str, Field(pattern=r"^[A-Za-z0-9./+-]{3,80}$")] = "application/json"
    per_second: Annotated[float, Field(ge=2, le=100)] = 10
    absent_after: Annotated[int, Field(ge=1, le=20)] = 1
    schedules: bool = True  # days off of its register close the day here

    @model_validator(mode="after")
    def is_reachable(self) -> Self:
        self.check_reach(self.base_url, "base_url")
        return self


class PuskesmasSends(SendsPlan):
    schedules: Literal[False] = False  # its register has none to ask for by the week


class _Bpjs(SystemSettings):
    clinics: Annotated[list[ClinicPlan], Field(min_length=1)]

    def _check_queues(self, others: Sequence[str]) -> None:
        clinics = {clinic.queue for clinic in self.clinics}
        if both := next((queue for queue in others if queue in clinics or others.count(queue) > 1), None):
            raise ValueError(f"expected “{both}” to be a clinic, an admission or a pharmacy, but it stands twice")


class BpjsSettings(_Bpjs):
    """A hospital's. Either way may be left out: what it sends, and what it answers to Mobile JKN."""

    sends: SendsPlan | None = None
    answers: AnswerSettings | None = None
    admission: list[str] = []
    pharmacy: dict[str, Medicine] = {}

    @model_validator(mode="after")
    def queues_are_one_thing(self) -> Self:
        self._check_queues([*self.admission, *self.pharmacy])
        return self

    @property
    def ways(self) -> Ways:
        clinics = frozenset(clinic.queue for clinic in self.clinics)
        absent_after = self.sends.absent_after if self.sends else 1
        return Ways(clinics, frozenset(self.admission), self.pharmacy, absent_after)

    def sender(self, opening: Opening) -> Sender | None:
        from integrations.bpjs.bookings import Bookings
        from integrations.bpjs.opening import open_line
        from integrations.bpjs.sender import BpjsSender

        if self.sends is None:
            return None
        kept_back = POLLED_PER_SECOND if self.sends.schedules else 0
        line = open_line(opening, self.sends, per_second=self.sends.per_second - kept_back)
        return BpjsSender(Bookings(opening, self.clinics, self.ways), line)

    def poller(self, opening: Opening) -> Poller | None:
        from integrations.bpjs.opening import open_line
        from integrations.bpjs.schedule_poller import SchedulePoller

        if self.sends is None or not self.sends.schedules:
            return None
        # Of the calls that were agreed on, one each second is the poller's.
        return SchedulePoller(opening, self.clinics, open_line(opening, self.sends, per_second=POLLED_PER_SECOND))

    def service(self, opening: Opening) -> ASGIApp | None:
        from integrations.bpjs.answers.service import make_service

        if self.answers is None:
            return None
        return make_service(opening, self.answers, self.clinics, self.admission, self.pharmacy)

    async def probe(self, opening: Opening) -> str:
        from integrations.bpjs.probing import probe

        return await probe(opening, self)

    async def figures(self, opening: Opening, day: date) -> Sequence[Spans]:
        from integrations.bpjs.days import figures_of

        return await figures_of(opening, self, day)


class PuskesmasSettings(_Bpjs):
    """A Puskesmas's or clinic's (FKTP): its user and password of PCare are secrets too."""

    sends: PuskesmasSends | None = None
    answers: PuskesmasAnswers | None = None

    def sender(self, opening: Opening) -> Sender | None:
        from integrations.bpjs.bookings import Bookings
        from integrations.bpjs.opening import open_line
        from integrations.bpjs.puskesmas_sender import PuskesmasSender

        if self.sends is None:
            return None
        ways = Ways(frozenset(clinic.queue for clinic in self.clinics), absent_after=self.sends.absent_after)
        return PuskesmasSender(Bookings(opening, self.clinics, ways), open_line(opening, self.sends, is_puskesmas=True))

    def service(self, opening: Opening) -> ASGIApp | None:
        from integrations.bpjs.answers.service import make_service

        return None if self.answers is None else make_service(opening, self.answers, self.clinics)

    async def probe(self, opening: Opening) -> str:
        from integrations.bpjs.probing import probe

        return await probe(opening, self, opening.house.floors.clock().date())
