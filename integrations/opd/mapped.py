"""What the settings of all systems have in common whose records are mapped."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from integrations.contract import NotReady, SystemSettings
from integrations.opd.mapping import FieldMap


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Mapped(SystemSettings):
    dry_run: bool = False  # nothing of what comes is done, and nothing is told

    @property
    def field_map(self) -> FieldMap:
        """Raises NotReady."""
        raise NotReady("Nothing is read from this system.")
