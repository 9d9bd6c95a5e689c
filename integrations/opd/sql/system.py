from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import Opening, Poller
from integrations.opd.mapped_system import MappedSystem
from integrations.opd.pulling import RecordPoller
from integrations.opd.sources import Record
from integrations.opd.sql.client import SqlSource
from integrations.opd.sql.settings import SqlSettings


class SqlSystem(SqlSettings, MappedSystem):
    def open_poller(self, opening: Opening) -> Poller:
        return RecordPoller(opening, self.check(opening), self._source(opening), self.seconds)

    async def sample(self, opening: Opening, most: int) -> Sequence[Record]:
        source = self._source(opening)
        try:
            return await source.sample(most)
        finally:
            await source.close()

    async def probe(self, opening: Opening) -> str:
        self.check(opening)
        source = self._source(opening)
        try:
            return await source.probe()
        finally:
            await source.close()

    def _source(self, opening: Opening) -> SqlSource:
        """Raises NotReady."""
        return SqlSource(self, opening.secret("PASSWORD"))
