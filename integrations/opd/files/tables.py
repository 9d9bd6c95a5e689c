"""The rows of a list, by the names of its columns."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from integrations.opd.sources import Record, told
from queue_service.domain.errors import Invalid
from queue_service.records.outreach.sheets import LARGEST_FILE, read_cells


@dataclass(frozen=True, slots=True)
class Row:
    """`number`: as a spreadsheet counts them, the heads being the first."""

    number: int
    record: Record


def read_rows(path: Path, fields: Iterable[str] = ()) -> list[Row]:
    """`fields`: columns that must be there. Raises Invalid; OSError where the file cannot be opened."""
    head, *lines = read_cells(_content(path))
    names = [name.strip() for name in head]
    for name in fields:
        if name not in names:
            raise Invalid("There is no column “{column}” in the first row.", column=name)
    for name in names:
        if name and names.count(name) > 1:
            raise Invalid("The column “{column}” stands twice.", column=told(name))
    found = []
    for number, line in enumerate(lines, 2):
        record = {name: cell.strip() for name, cell in zip(names, line, strict=False) if name}
        if any(record.values()):
            found.append(Row(number, record))
    return found


def _content(path: Path) -> bytes:
    """No more than is read of a list, and of nothing that only leads to another file."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read(LARGEST_FILE + 1)
