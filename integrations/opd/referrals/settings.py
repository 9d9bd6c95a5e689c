"""What a set-up file says of an agency's system that takes referrals."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from integrations.contract import SystemSettings
from integrations.opd.mapped import Part
from integrations.opd.mapping import Asked
from integrations.opd.referrals.answers import AnswerMap
from integrations.opd.rest.settings import PullPlan, WithToken
from integrations.opd.telling import FieldName, Told
from integrations.reach import Url

OfReferral = Literal["id", "errand", "from", "to", "queue", "not_before", "wanted", "agreed_at", "consent", "answer_by"]
Ours = OfReferral | Asked


class HandOverPlan(Part):
    url: Url
    method: Literal["POST", "PUT"] = "POST"
    fields: Annotated[dict[FieldName, Told[Ours]], Field(min_length=1)]
    form: Literal["json", "form"] = "json"


class TakeBackPlan(Part):
    url: Url
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    fields: Annotated[dict[FieldName, Told[Literal["id"]]], Field(min_length=1)]
    form: Literal["json", "form"] = "json"


class ReferralSettings(SystemSettings, WithToken):
    carries_referrals: ClassVar[bool] = True

    hand_over: HandOverPlan
    take_back: TakeBackPlan | None = None  # where it is told that a visitor does not want it any more
    answer: AnswerMap
    reports: PullPlan | None = None  # where we ask for what becomes of them
    webhook: bool = False  # or they tell us, signed

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        self.check_reach(self.hand_over.url, "hand_over.url")
        if self.take_back is not None:
            self.check_reach(self.take_back.url, "take_back.url")
        if self.reports is not None:
            self.check_reach(self.reports.url, "reports.url")
        if (self.reports or self.webhook) and self.answer.id is None:
            raise ValueError("answer: expected “id”: which referral it is that they tell of later")
        if not any(told.ours == "id" for told in self.hand_over.fields.values()):
            raise ValueError("hand_over.fields: expected “id” among ours: by it nothing is booked twice")
        return self
