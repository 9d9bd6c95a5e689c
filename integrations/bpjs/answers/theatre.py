"""The theatre's schedule, from a file that the hospital's own system writes; or from what takes this one's place."""

from __future__ import annotations

import asyncio
import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from integrations.contract import Undelivered

COLUMNS = ("kodebooking", "tanggaloperasi", "jenistindakan", "kodepoli", "namapoli", "terlaksana", "nopeserta")
LARGEST = 8 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Operation:
    """`card` is empty for those who are not insured. `updated_ms`: since 1970."""

    code: str
    on: date
    treatment: str
    poli: str
    poli_name: str
    is_done: bool
    card: str
    updated_ms: int

    @property
    def told(self) -> dict[str, Any]:
        return {
            "kodebooking": self.code,
            "tanggaloperasi": self.on.isoformat(),
            "jenistindakan": self.treatment,
            "kodepoli": self.poli,
            "namapoli": self.poli_name,
            "terlaksana": int(self.is_done),
        }

    @property
    def told_to_hospital(self) -> dict[str, Any]:
        return self.told | {"nopeserta": self.card, "lastupdate": self.updated_ms}


class Theatre(ABC):
    @abstractmethod
    async def operations(self) -> Sequence[Operation]:
        """All that are known, by their days. Raises Undelivered."""


class NoTheatre(Theatre):
    async def operations(self) -> Sequence[Operation]:
        return ()


class TheatreFile(Theatre):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, int], Sequence[Operation]] | None = None  # as of which state of the file

    async def operations(self) -> Sequence[Operation]:
        return await asyncio.to_thread(self._operations)

    def _operations(self) -> Sequence[Operation]:
        try:
            found = self._path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if self._read is None or self._read[0] != state:
                if found.st_size > LARGEST:
                    raise ValueError("it is larger than any such file")
                with self._path.open(newline="", encoding="utf-8-sig") as file:
                    rows = list(read_operations(file, found.st_mtime_ns // 1_000_000))
                self._read = (state, sorted(rows, key=lambda row: (row.on, row.code)))
        except (OSError, ValueError, csv.Error) as error:
            raise Undelivered(f"the file of operations cannot be read: {error}") from error
        return self._read[1]


def read_operations(lines: Any, updated_ms: int) -> Iterator[Operation]:
    """Raises ValueError with the line that is wrong."""
    rows = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"its first line names no column {', '.join(missing)}")
    for row in rows:
        given = {column: (row[column] or "").strip() for column in COLUMNS}
        done = given["terlaksana"]
        try:
            on = date.fromisoformat(given["tanggaloperasi"])
        except ValueError:
            raise ValueError(f"line {rows.line_num}: tanggaloperasi is no date such as 2026-11-23") from None
        if done not in ("0", "1"):
            raise ValueError(f"line {rows.line_num}: terlaksana is neither 0 nor 1")
        names = given["kodebooking"], on, given["jenistindakan"], given["kodepoli"], given["namapoli"]
        yield Operation(*names, done == "1", given["nopeserta"], updated_ms)
