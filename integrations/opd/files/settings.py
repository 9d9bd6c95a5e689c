"""What a set-up file says of a folder into which an agency drops its lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from integrations.opd.mapped import Mapped
from integrations.opd.mapping import FieldMap


def _check_absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("expected the whole path of a folder, such as /srv/antrean/dinas")
    return path


class FilesSettings(Mapped):
    folder: Annotated[Path, AfterValidator(_check_absolute)]
    complete: Literal["still", "done"] = "still"  # once its size stands still, or a NAME.done lies beside it
    still_seconds: Annotated[float, Field(ge=1, le=3600)] = 10
    bad_rows: Literal["refuse", "leave"] = "refuse"  # the whole file, or only they are left out
    seconds: Annotated[float, Field(ge=1, le=86_400)] = 10
    mapping: FieldMap

    @property
    def field_map(self) -> FieldMap:
        return self.mapping
