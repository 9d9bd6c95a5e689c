from __future__ import annotations

from collections.abc import Sequence

from integrations.contract import Opening, Poller
from integrations.opd.files.folder import first_rows, probe
from integrations.opd.files.poller import FilesPoller
from integrations.opd.files.settings import FilesSettings
from integrations.opd.mapped_system import MappedSystem
from integrations.opd.sources import Record


class FilesSystem(FilesSettings, MappedSystem):
    def open_poller(self, opening: Opening) -> Poller:
        return FilesPoller(opening, self, self.check(opening))

    async def sample(self, opening: Opening, most: int) -> Sequence[Record]:
        return await first_rows(self, most)

    async def probe(self, opening: Opening) -> str:
        self.check(opening)
        return await probe(self)
