"""What `antrean backup` and `antrean restore` do with files, and say."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import click

from queue_service.backups.files import BackupFile, BackupRefused
from queue_service.backups.older import brought_up
from queue_service.backups.restore import Checked, Lost, Restored, Wanted, WouldLose, check, restore
from queue_service.backups.take import Taken, take_backup
from queue_service.database import Database, open_database
from queue_service.domain.events import from_ms
from queue_service.floors import wall_clock
from queue_service.settings import Settings

STANDARD_OUTPUT = Path("-")


async def print_backup(path: Path, force: bool) -> None:
    settings = Settings.from_environment()
    async with _database(settings) as database:
        with _output(path, force) as file:
            taken = await take_backup(database, file, wall_clock())
    click.echo(_holds(taken, path), err=True)
    where = "ANTREAN_SECRET" if settings.secret else settings.data_dir / "secret"
    click.echo(
        f"The secret ({where}) is not in it, and without that the links of tickets and the keys of staff do not "
        "work after a restore: keep a copy of it, apart from the backups.",
        err=True,
    )
    keys = "ANTREAN_PEOPLE_KEYS" if settings.people_keys else settings.data_dir / "people-keys"
    click.echo(f"Neither are the keys of people's data ({keys}), which stand in it encrypted.", err=True)


async def print_restore(path: Path, discard: bool, further: int | None) -> None:
    settings = Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as file:
        async with brought_up(BackupFile(file, path), settings.data_dir) as newer, _database(settings) as database:
            backup = check(newer)
            try:
                restored = await restore(database, backup, wall_clock(), Wanted(discard, further))
            except WouldLose as refused:
                raise BackupRefused(_would_lose(refused.lost, backup)) from None
    for line in _told(restored, backup):
        click.echo(line)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = open_database(settings.database_url, is_patient=True)
    try:
        yield database
    finally:
        await database.close()


@contextmanager
def _output(path: Path, force: bool) -> Iterator[BinaryIO]:
    """The file appears under its name only once it is whole and on the disk; it is for its owner's eyes alone."""
    if path == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.exists() and not force:
        raise BackupRefused(f"{path} is there already. Give another name, or --force to replace it.")
    part = path.with_name(f"{path.name}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        _alone(file, part)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    _fsync_folder(path.parent)


def _alone(file: BinaryIO, part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BackupRefused(f"Another backup is writing {part}.") from None
    file.truncate()
    os.fchmod(file.fileno(), 0o600)  # it may have been left there by an earlier one


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(taken: Taken, path: Path) -> str:
    rows, name = taken.rows, "The backup" if path == STANDARD_OUTPUT else path
    others = [
        f", {count:,} {table.replace('_', ' ')}"
        for table, count in rows.items()
        if count and table not in ("entries", "epochs")
    ]
    return (
        f"{name} holds {rows['entries']:,} entries of {taken.journals:,} journals (a branch's day each)"
        f"{''.join(others)}; "
        f"all as of {_moment(taken.at)}."
    )


def _would_lose(lost: Lost, backup: Checked) -> str:
    return (
        f"The database holds {_lost(lost)} The backup was taken at {_moment(from_ms(backup.header.taken_ms))}. "
        "`antrean backup` keeps them in a file; --discard then lets them go. Nothing was changed."
    )


def _lost(lost: Lost) -> str:
    entries = "1 entry that is" if lost.entries == 1 else f"{lost.entries:,} entries that are"
    return f"{entries} not in the backup, the last at {_moment(lost.last_at)} at {lost.last_branch}."


def _told(restored: Restored, backup: Checked) -> Iterator[str]:
    taken = _moment(from_ms(backup.header.taken_ms))
    yield f"Restored: all is as it was at {taken}, with {restored.rows['entries']:,} entries."
    if restored.lost is not None:
        yield f"Let go: {_lost(restored.lost)}"
    if not restored.is_same:
        yield (
            "This is not the database that the backup was taken from, or not all of it, so nobody knows here which "
            f"numbers were given out after {taken}."
        )
    if restored.skips:
        yield "Today these numbers are passed over, since people may hold them; whoever does needs a new one:"
        for skip in restored.skips:
            yield f"  {skip.branch}, {skip.queue}: {skip.range}; the next is {skip.next_label}"
    yield "A running service shows it within two seconds, and phones and screens follow by themselves."


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
