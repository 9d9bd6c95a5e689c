from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import NotReady, Opening, Poller, Sender
from integrations.opd.mapped_system import MappedSystem
from integrations.opd.pulling import RecordPoller
from integrations.opd.rest.client import RestSource
from integrations.opd.rest.probing import knock, look_over
from integrations.opd.rest.sender import RestSender
from integrations.opd.rest.settings import RestSettings
from integrations.opd.sources import Record


class RestSystem(RestSettings, MappedSystem):
    def sender(self, opening: Opening) -> Sender | None:
        return None if self.push is None or self.dry_run else RestSender(opening, self, self.push)

    def open_poller(self, opening: Opening) -> Poller | None:
        if self.pull is None:
            return None
        return RecordPoller(opening, self.check(opening), RestSource(opening, self, self.pull), self.pull.seconds)

    async def sample(self, opening: Opening, most: int) -> Sequence[Record]:
        if self.pull is None:
            raise NotReady("Nothing is read from this system.")
        source = RestSource(opening, self, self.pull)
        try:
            return await source.sample(most)
        finally:
            await source.close()

    async def probe(self, opening: Opening) -> str:
        if self.pull is None:
            assert self.push is not None
            return await knock(self, opening, self.push.url)
        return look_over(self.pull, self.check(opening), await self.sample(opening, 100), opening)
