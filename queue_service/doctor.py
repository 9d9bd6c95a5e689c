"""`antrean doctor`: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

import resource
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass

import click
from sqlalchemy import Connection, func, select

from queue_service.database import Database, Unavailable, migrate, open_database
from queue_service.journal.tables import entries
from queue_service.records.branches import Branches
from queue_service.records.people.keys import FILE, load_key_ring
from queue_service.records.people.rotation import keys_in_use
from queue_service.records.tables import keys
from queue_service.secrets import load_secrets
from queue_service.settings import Settings

LEAST_FREE_BYTES = 500_000_000
SPARE_FILES = 200  # beside the connections: the database, logs, listening sockets


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` empty: nothing to mend."""

    what: str
    remedy: str = ""


async def print_findings() -> bool:
    """Whether all is well."""
    is_well = True
    async for finding in examine(Settings.from_environment()):
        click.echo(f"{'MEND' if finding.remedy else 'ok  '}  {finding.what}")
        if finding.remedy:
            is_well = False
            click.echo(f"      → {finding.remedy}")
    return is_well


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    for check in (_folder, _space, _secret, _people_keys, _open_files):
        for finding in check(settings):
            yield finding
    try:
        database = open_database(settings.database_url)
    except Exception as error:
        yield Finding(f"The database's address cannot be used: {error}", "Correct ANTREAN_DATABASE_URL.")
        return
    try:
        async for finding in _database(database, settings):
            yield finding
    except Unavailable as error:
        yield Finding(
            f"The database cannot be used: {error}",
            "Check that it runs, that its address is right and that this user may write to it.",
        )
    finally:
        await database.close()


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        yield Finding(f"{folder} cannot be written: {error}", "Give this user the folder, or set ANTREAN_DATA_DIR.")
    else:
        yield Finding(f"The data folder {folder} can be written.")


def _space(settings: Settings) -> Iterator[Finding]:
    if settings.data_dir.exists():
        free = shutil.disk_usage(settings.data_dir).free
        remedy = "" if free >= LEAST_FREE_BYTES else "Make room: a full disk stops every ticket."
        yield Finding(f"{free / 1e9:.1f} GB are free there.", remedy)


def _secret(settings: Settings) -> Iterator[Finding]:
    try:
        load_secrets(settings.secret, settings.data_dir)
    except (ValueError, OSError) as error:
        yield Finding(f"The secret cannot be used: {error}", "Set ANTREAN_SECRET to a long random word.")
        return
    path = settings.data_dir / "secret"
    if settings.secret is None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("Others can read the secret.", f"chmod 600 {path}")
    else:
        yield Finding("The secret is there and private.")


def _people_keys(settings: Settings) -> Iterator[Finding]:
    try:
        load_key_ring(settings.people_keys, settings.data_dir)
    except (ValueError, OSError) as error:
        yield Finding(f"People's data cannot be encrypted: {error}", "Set ANTREAN_PEOPLE_KEYS, or mend that file.")
        return
    path = settings.data_dir / FILE
    if settings.people_keys is None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("Others can read the key of people's data.", f"chmod 600 {path}")
    elif settings.people_keys is None:
        yield Finding(f"The key of people's data is {path}: no backup holds it, so keep a copy of it somewhere else.")
    else:
        yield Finding("The keys of people's data come from ANTREAN_PEOPLE_KEYS.")


def _open_files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.max_connections + SPARE_FILES
    remedy = f"Raise the limit of open files to {needed} (LimitNOFILE= in systemd), or lower ANTREAN_MAX_CONNECTIONS."
    told = f"{hard} files may be open for {settings.max_connections} connections."
    yield Finding(told, "" if hard == resource.RLIM_INFINITY or hard >= needed else remedy)


async def _database(database: Database, settings: Settings) -> AsyncIterator[Finding]:
    await migrate(database)
    yield Finding(f"The database ({database.dialect}) is reached and its tables are up to date.")
    for finding in await database.read(lambda connection: list(_tables(connection))):
        yield finding
    with suppress(ValueError, OSError):  # told above
        known = load_key_ring(settings.people_keys, settings.data_dir).ids
        used = await database.read(keys_in_use)
        lost = sum(rows for key, rows in used.items() if key not in known)
        if lost:
            yield Finding(
                f"{lost} people's data are encrypted with a key that is not here.",
                "Add it to ANTREAN_PEOPLE_KEYS, behind the one in use; every machine needs the same keys.",
            )
    branches = Branches(database)
    await branches.refresh()
    yield Finding(
        f"{len(branches.all)} branches are set up.", "" if branches.all else "antrean setup examples/lahat.yaml"
    )


def _tables(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        told = connection.exec_driver_sql("PRAGMA quick_check").scalar()
        remedy = "" if told == "ok" else "Stop the service and restore the last good copy."
        yield Finding(f"The database file is {'whole' if told == 'ok' else f'damaged: {told}'}.", remedy)
    counted, kept = func.count(), func.max(entries.c.seq)
    gaps = select(entries.c.branch, entries.c.day).group_by(entries.c.branch, entries.c.day).having(counted != kept)
    where = ", ".join(f"{branch} on {day}" for branch, day in connection.execute(gaps.limit(5)))
    yield (
        Finding(f"Entries are missing from the journal of {where}.", "Restore a backup that has them.")
        if where
        else Finding("The journal has no gaps.")
    )
    valid_keys = connection.execute(select(counted).where(keys.c.revoked_ms.is_(None))).scalar_one()
    yield Finding(
        f"{valid_keys} keys are valid.",
        "" if valid_keys else "antrean key create --role administrator, and keep what it prints.",
    )
