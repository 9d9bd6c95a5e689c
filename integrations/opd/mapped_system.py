"""What is done with the settings of all systems whose records are mapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from integrations.contract import NotReady, Opening, Poller, System
from integrations.opd.here import check_targets, system_of
from integrations.opd.mapped import Mapped
from integrations.opd.mapping import FieldMap
from integrations.opd.rehearsal import MOST, rehearse
from integrations.opd.sources import Record
from queue_service.web.previews import Previewed


class MappedSystem(Mapped, System):
    has_preview: ClassVar[bool] = True

    def check(self, opening: Opening) -> FieldMap:
        """Held against the branches that there are. Raises NotReady."""
        system_of(opening.connection)
        check_targets(self.field_map, opening.branches())
        return self.field_map

    def poller(self, opening: Opening) -> Poller | None:
        return None if self.dry_run else self.open_poller(opening)

    def open_poller(self, opening: Opening) -> Poller | None:
        """Raises NotReady."""
        return None

    async def sample(self, opening: Opening, most: int) -> Sequence[Record]:
        """Records that are there now. Raises NotReady, Undelivered."""
        raise NotReady(
            "What comes by itself cannot be looked at beforehand. Give a sample: antrean opd preview --file."
        )

    async def preview(self, opening: Opening) -> Sequence[Previewed]:
        self.check(opening)
        return await self.preview_of(opening, await self.sample(opening, MOST))

    async def preview_of(self, opening: Opening, records: Sequence[Record]) -> Sequence[Previewed]:
        """Raises NotReady, Unavailable."""
        return await rehearse(opening, self.check(opening), records)
