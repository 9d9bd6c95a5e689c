from __future__ import annotations

from starlette.types import ASGIApp

from integrations.contract import Opening
from integrations.opd.mapped_system import MappedSystem
from integrations.opd.webhook.service import make_service
from integrations.opd.webhook.settings import InboundSettings
from integrations.webhook.settings import keys_of


class InboundSystem(InboundSettings, MappedSystem):
    def open_poller(self, opening: Opening) -> None:
        """There is nobody to be asked; but whoever serves connections says at the office what is missing."""
        self.check(opening)
        keys_of(opening)

    def service(self, opening: Opening) -> ASGIApp:
        return make_service(opening, self.check(opening), keys_of(opening), dry_run=self.dry_run)

    async def probe(self, opening: Opening) -> str:
        self.check(opening)
        keys = keys_of(opening)
        many = "two secrets are" if len(keys) > 1 else "one secret is"
        return f"Messages are taken at /connections/{opening.connection}/events; {many} known."
