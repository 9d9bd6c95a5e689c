"""`antrean cases`: an office's export, once or whenever one is laid into a folder."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click

from queue_service.database import Unavailable
from queue_service.domain.errors import NotFound, Refusal
from queue_service.faults import Fault
from queue_service.floors import wall_clock
from queue_service.logs import write_logs
from queue_service.records.cases.exports import LONGEST_CELL, ROW_SENTENCES
from queue_service.records.cases.imports import Imported, take_export
from queue_service.records.keys import COMMAND
from queue_service.records.opening import Records, open_records
from queue_service.secrets import load_secrets
from queue_service.settings import Settings

log = logging.getLogger("antrean.cases")

DONE, REFUSED = "done", "refused"
SHOWN = 1000  # bad rows

Look = dict[Path, tuple[int, int]]  # how large each file is, and when it was written last


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Records]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with open_records(settings.database_url, load_secrets(settings.secret, settings.data_dir)) as records:
        yield records


async def _take(records: Records, branch: str, content: bytes, keep_good: bool) -> Imported:
    """Raises Invalid, NotFound, Unavailable."""
    await records.branches.refresh()
    plan = records.branches.get(branch)
    return await take_export(records.database, plan, content, COMMAND, wall_clock(), keep_good=keep_good)


async def print_imported(file: Path, branch: str, keep_good: bool) -> bool:
    """Whether every row was right."""
    async with _open(Settings.from_environment()) as records:
        imported = await _take(records, branch, _content(file), keep_good)
    click.echo(_told(imported))
    return not imported.bad


async def watch_folder(folder: Path, branch: str, keep_good: bool, seconds: float) -> None:
    """Until a signal comes."""
    settings = Settings.from_environment()
    write_logs(settings.logs)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    for name in (DONE, REFUSED):
        (folder / name).mkdir(exist_ok=True)
    async with _open(settings) as records:
        try:
            records.branches.get(branch)
        except NotFound as unknown:
            raise Fault(str(unknown)) from unknown
        log.info("Antrean takes what is laid into %s.", folder)
        before: Look = {}
        while not stopping.is_set():
            before = await look_once(records, folder, branch, keep_good, before)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), seconds)


async def look_once(records: Records, folder: Path, branch: str, keep_good: bool, before: Look) -> Look:
    """What lies there now. A file is taken once it is as it was at the look before: nobody writes at it any more."""
    found = _lying_in(folder)
    for file, state in list(found.items()):
        if before.get(file) == state:
            try:
                await _take_file(records, file, branch, keep_good)
            except Unavailable as error:
                log.warning("%s waits for the database: %s", file.name, error)
                continue
            del found[file]
    return found


def _lying_in(folder: Path) -> Look:
    found: Look = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() == ".csv" and file.is_file() and not file.name.startswith("."):
            with suppress(FileNotFoundError):
                found[file] = (file.stat().st_size, file.stat().st_mtime_ns)
    return found


async def _take_file(records: Records, file: Path, branch: str, keep_good: bool) -> None:
    """Raises Unavailable; then it stays where it is. Whoever stops between the two takes it again: that is harmless."""
    try:
        imported = await _take(records, branch, _content(file), keep_good)
        is_done, told = imported.is_done, _told(imported)
        needs_words = bool(imported.bad)
    except Refusal as refusal:
        is_done, told, needs_words = False, str(refusal), True
    _put_away(file, DONE if is_done else REFUSED, told if needs_words else "")
    log.info("%s was %s: %s", file.name, "taken" if is_done else "refused", told.splitlines()[0])


def _content(file: Path) -> bytes:
    return file.read_bytes()


def _put_away(file: Path, name: str, words: str) -> None:
    target = file.parent / name / f"{file.stem}-{wall_clock():%Y%m%dT%H%M%S%f}{file.suffix}"
    file.rename(target)
    if words:
        target.with_suffix(".txt").write_text(f"{words}\n", encoding="utf-8")


def _told(imported: Imported) -> str:
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(imported.outcomes.items()))
    told = f"Done: {counts or 'nothing to do'}." if imported.is_done else "Nothing was changed."
    if not imported.bad:
        return told
    bad = [f"  line {each.line}: {ROW_SENTENCES[each.why].format(most=LONGEST_CELL)}" for each in imported.bad]
    more = [f"  and {len(bad) - SHOWN} more"] if len(bad) > SHOWN else []
    return "\n".join([f"{told} Rows that are not right: {len(bad)}.", *bad[:SHOWN], *more])
