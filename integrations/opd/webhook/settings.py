"""What a set-up file says of an agency's system that tells us itself."""

from __future__ import annotations

from integrations.opd.mapped import Mapped
from integrations.opd.mapping import FieldMap


class InboundSettings(Mapped):
    mapping: FieldMap

    @property
    def field_map(self) -> FieldMap:
        return self.mapping
