from __future__ import annotations

from starlette.types import ASGIApp

from integrations.contract import Opening, Poller, Sender, System
from integrations.opd.referrals.reports import ReportPoller, make_service
from integrations.opd.referrals.sender import RestReferrer
from integrations.opd.referrals.settings import ReferralSettings
from integrations.opd.rest.probing import knock
from integrations.webhook.settings import keys_of


class ReferralSystem(ReferralSettings, System):
    def sender(self, opening: Opening) -> Sender:
        return RestReferrer(opening, self)

    def poller(self, opening: Opening) -> Poller | None:
        if self.webhook:
            keys_of(opening)  # so that the office says what is missing
        return ReportPoller(opening, self, self.reports) if self.reports else None

    def service(self, opening: Opening) -> ASGIApp | None:
        return make_service(opening, self.answer, keys_of(opening)) if self.webhook else None

    async def probe(self, opening: Opening) -> str:
        return await knock(self, opening, self.hand_over.url)
