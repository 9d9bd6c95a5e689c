"""What a set-up file says of a view in an agency's database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from integrations.opd.mapped import Mapped
from integrations.opd.mapping import FieldMap

_is_name = re.compile(r"[A-Za-z0-9_$]{1,64}(\.[A-Za-z0-9_$]{1,64})?").fullmatch
_PORTS = {"postgresql": 5432, "mariadb": 3306}


def _check_view(name: str) -> str:
    if not _is_name(name):
        raise ValueError("expected the name of a view, or of its schema and the view with a dot between")
    return name


Column = Annotated[str, Field(min_length=1, max_length=64)]


class SqlSettings(Mapped):
    kind: Literal["postgresql", "mariadb"]
    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    database: Annotated[str, Field(min_length=1, max_length=64)]
    user: Annotated[str, Field(min_length=1, max_length=80)]
    ca_file: Path | None = None  # the connection is encrypted then, and the server has to be who it says it is
    view: Annotated[str, AfterValidator(_check_view)]
    key: Column
    changed: Column
    seconds: Annotated[float, Field(ge=1, le=86_400)] = 5
    overlap_seconds: Annotated[int, Field(ge=0, le=3600)] = 60  # within which a row may be seen late
    rights: Literal["refuse", "warn"] = "refuse"  # where the database user may do more than read
    mapping: FieldMap

    @property
    def field_map(self) -> FieldMap:
        return self.mapping

    @property
    def its_port(self) -> int:
        return self.port or _PORTS[self.kind]

    @property
    def columns(self) -> list[str]:
        return list(dict.fromkeys([self.key, self.changed, *self.mapping.fields]))
