"""Hands referrals over to an agency's system, in its own fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from integrations.contract import Opening, Undelivered
from integrations.http import Answer
from integrations.opd.referrals.answers import read_answer
from integrations.opd.referrals.settings import HandOverPlan, ReferralSettings, TakeBackPlan
from integrations.opd.rest.client import open_http
from integrations.opd.rest.sender import KINDS
from integrations.opd.sources import Unmapped
from integrations.opd.telling import as_form, tell
from integrations.referring import HandedOver, Place, ReferralSender
from queue_service.domain.referrals import Reason

ANSWERED = (409, 422)  # as well: with a refusal that may stand in the body


class RestReferrer(ReferralSender):
    def __init__(self, opening: Opening, settings: ReferralSettings) -> None:
        """Raises NotReady."""
        super().__init__(opening)
        self._settings = settings
        self._http = open_http(opening, settings)

    async def hand_over(self, handed: HandedOver) -> Place | Reason:
        ours = {
            "id": handed.id,
            "errand": handed.errand,
            "from": handed.source,
            "to": handed.to,
            "queue": handed.queue,
            "not_before": handed.not_before,
            "wanted": handed.wanted,
            "agreed_at": handed.agreed_at,
            "consent": handed.consent,
            "answer_by": handed.answer_by,
            **handed.people,
        }
        zone = self._opening.house.branches.get(handed.source).timezone
        answer = await self._tell(self._settings.hand_over, ours, handed.id, zone)
        try:
            return self._understood(answer, zone)
        except Unmapped as error:
            if not answer.is_success:
                raise answer.failure() from error
            raise Undelivered(f"its answer cannot be understood: {error}", is_refused=True) from error

    def _understood(self, answer: Answer, zone: ZoneInfo) -> Place | Reason:
        """Raises Unmapped, Undelivered."""
        if not answer.is_success and answer.status not in ANSWERED:
            raise answer.failure()
        body = answer.json()
        if not isinstance(body, dict):
            raise Unmapped("the message is no object")
        said = read_answer(self._settings.answer, body, zone)
        if said.place is not None:
            return said.place
        return said.outcome if isinstance(said.outcome, Reason) else Reason.PENDING

    async def take_back(self, id_: str) -> None:
        if (plan := self._settings.take_back) is None:
            return
        answer = await self._tell(plan, {"id": id_}, f"{id_}-back", ZoneInfo("UTC"))
        if not answer.is_success:
            raise answer.failure()

    async def close(self) -> None:
        await self._http.close()

    async def _tell(
        self, plan: HandOverPlan | TakeBackPlan, ours: Mapping[str, Any], key: str, zone: ZoneInfo
    ) -> Answer:
        fields = tell(plan.fields, ours, zone)
        content = as_form(fields) if plan.form == "form" else json.dumps(fields, ensure_ascii=False).encode()
        headers = {"Content-Type": KINDS[plan.form], "Idempotency-Key": key}
        return await self._http.ask(plan.method, plan.url, content=content, headers=headers)
