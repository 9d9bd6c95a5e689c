"""What the settings of all systems have in common whose records are mapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from integrations.contract import NotReady, Opening, Poller, SystemSettings
from integrations.opd.mapping import FieldMap
from integrations.opd.sources import Record
from queue_service.web.previews import Previewed


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Mapped(SystemSettings):
    has_preview: ClassVar[bool] = True

    dry_run: bool = False  # nothing of what comes is done, and nothing is told

    @property
    def field_map(self) -> FieldMap:
        """Raises NotReady."""
        raise NotReady("Nothing is read from this system.")

    def check(self, opening: Opening) -> FieldMap:
        """Held against the branches that there are. Raises NotReady."""
        from integrations.opd.here import check_targets, system_of

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
        from integrations.opd.rehearsal import MOST

        self.check(opening)
        return await self.preview_of(opening, await self.sample(opening, MOST))

    async def preview_of(self, opening: Opening, records: Sequence[Record]) -> Sequence[Previewed]:
        """Raises NotReady, Unavailable."""
        from integrations.opd.rehearsal import rehearse

        return await rehearse(opening, self.check(opening), records)
