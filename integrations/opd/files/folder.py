"""The folder: which files are complete, and where they go."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.contract import Undelivered
from integrations.opd.files.tables import read_rows
from integrations.opd.sources import Record
from queue_service.domain.errors import Invalid

if TYPE_CHECKING:
    from integrations.opd.files.settings import FilesSettings

DONE, REFUSED = "done", "refused"
MARK = ".done"
REPORT = ".report.txt"
_ON_THEIR_WAY = (".tmp", ".part", ".filepart", ".crdownload", MARK)


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it stood. `seen`: its size and when it was written."""

    path: Path
    seen: tuple[int, int]


def list_files(folder: Path) -> list[Found]:
    """In order of their names; nothing that only leads to another place. Raises Undelivered."""
    try:
        return sorted(_files(folder), key=lambda found: found.path.name)
    except OSError as error:
        raise Undelivered(f"the folder {folder} cannot be read: {error.strerror or error}") from error


def _files(folder: Path) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(_ON_THEIR_WAY):
                continue
            known = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(known.st_mode):
                yield Found(Path(entry.path), (known.st_size, known.st_mtime_ns))


def stands_so(found: Found) -> bool:
    """Whether it still is what was seen."""
    try:
        known = found.path.lstat()
    except OSError:
        return False
    return (known.st_size, known.st_mtime_ns) == found.seen


def mark_of(path: Path) -> Path:
    return path.with_name(path.name + MARK)


def put_away(found: Found, where: str, report: Sequence[str], at: datetime) -> None:
    """With its report beside it. Raises Undelivered."""
    folder = found.path.parent / where
    try:
        folder.mkdir(exist_ok=True)
        name = found.path.name
        if (folder / name).exists():
            name = f"{at:%Y%m%d-%H%M%S-%f}-{name}"
        written = folder / f"{name}{REPORT}"
        written.write_text("\n".join([*report, ""]), encoding="utf-8")
        found.path.rename(folder / name)
        mark_of(found.path).unlink(missing_ok=True)
    except OSError as error:
        raise Undelivered(f"the folder {folder} cannot be written: {error.strerror or error}") from error


async def first_rows(settings: FilesSettings, most: int) -> Sequence[Record]:
    """Of the first file. Raises Undelivered."""

    def read() -> Sequence[Record]:
        for found in list_files(settings.folder):
            return [row.record for row in read_rows(found.path)][:most]
        return []

    try:
        return await asyncio.to_thread(read)
    except (Invalid, OSError) as error:
        raise Undelivered(f"the first file cannot be read: {error}") from error


async def probe(settings: FilesSettings) -> str:
    """Raises Undelivered."""
    found = await asyncio.to_thread(list_files, settings.folder)
    if not os.access(settings.folder, os.W_OK | os.X_OK):
        raise Undelivered(f"the folder {settings.folder} cannot be written: files could not be put away")
    return f"The folder {settings.folder} can be read and written; files there now: {len(found)}."
