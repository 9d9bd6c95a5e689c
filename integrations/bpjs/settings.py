from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from integrations.bpjs.answers.settings import AnswerSettings, PuskesmasAnswers
from integrations.bpjs.clinics import ClinicPlan
from integrations.bpjs.visits import Medicine, Ways
from integrations.contract import SystemSettings
from integrations.reach import Reach, Url


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


class PuskesmasSettings(_Bpjs):
    """A Puskesmas's or clinic's (FKTP): its user and password of PCare are secrets too."""

    sends: PuskesmasSends | None = None
    answers: PuskesmasAnswers | None = None

    @property
    def ways(self) -> Ways:
        absent_after = self.sends.absent_after if self.sends else 1
        return Ways(frozenset(clinic.queue for clinic in self.clinics), absent_after=absent_after)
