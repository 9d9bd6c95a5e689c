"""The shape of a service standard in a set-up."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from queue_service.domain.cases import Stage
from queue_service.domain.names import Name
from queue_service.domain.standards import Decree, Promise, Standard, read_promise
from queue_service.records.calendar_plans import NamePlan, Plan, Slug
from queue_service.records.misfits import SPELLING_SENTENCES, Unfit, spelt

PromiseText = Annotated[str, spelt(r"[1-9][0-9]{0,2}[mhd]", SPELLING_SENTENCES["promise"])]
Words = Annotated[str, StringConstraints(min_length=2, max_length=300, strip_whitespace=True)]
Progress = dict[Slug, Stage]  # by the queue whose stop is done


class WordsPlan(Plan):
    """A sentence for people, in both languages."""

    id: Words
    en: Words

    def words(self) -> Name:
        return Name(self.id, self.en)


class DecreePlan(Plan):
    number: Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
    version: Annotated[str, StringConstraints(max_length=20, strip_whitespace=True)] = ""
    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")

    @model_validator(mode="after")
    def begins_before_it_ends(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise Unfit("expected “from” not to be later than “to”")
        return self

    def decree(self) -> Decree:
        return Decree(self.number, self.version, self.first, self.last)


class StandardPlan(Plan):
    requirements: Annotated[list[WordsPlan], Field(max_length=30)] = []
    steps: Annotated[list[WordsPlan], Field(max_length=30)] = []
    promise: PromiseText | None = None
    fee: NamePlan | None = None
    product: NamePlan | None = None
    complaints: WordsPlan | None = None
    decree: DecreePlan | None = None

    def standard(self) -> Standard:
        return Standard(
            requirements=tuple(plan.words() for plan in self.requirements),
            steps=tuple(plan.words() for plan in self.steps),
            promise=self._promise(),
            fee=self.fee.name() if self.fee else None,
            product=self.product.name() if self.product else None,
            complaints=self.complaints.words() if self.complaints else None,
            decree=self.decree.decree() if self.decree else None,
        )

    def _promise(self) -> Promise | None:
        return read_promise(self.promise) if self.promise else None
