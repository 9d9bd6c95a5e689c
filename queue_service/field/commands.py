"""What `antrean field` does, and says."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection, select

from queue_service.database import open_database
from queue_service.domain.events import Entry
from queue_service.domain.trip_events import FieldTaken
from queue_service.faults import Fault
from queue_service.field.agreeing import sent_until
from queue_service.field.centre import Away, Centre, a_line
from queue_service.field.desks import FieldDesk, opened
from queue_service.field.folders import Folder, FolderRefused, find_folder, new_folder, path_of, read_trip, the_folder
from queue_service.field.returning import give_back
from queue_service.field.syncing import Progress, sync
from queue_service.field.taking import ask_for, lay_down
from queue_service.floors import wall_clock
from queue_service.journal.journals import read_entries
from queue_service.leases.standing import Standing, find_lease
from queue_service.records.staff.passwords import check_new_password
from queue_service.records.staff.tables import accounts

Ask = Callable[[], str]  # for the passphrase


async def take_along(
    trip: str, key: str, ask: Ask, *, centre: str, device: str | None, ca_file: str | None, root: Path
) -> None:
    place = read_trip(trip)
    path = path_of(root, place)
    known = find_folder(path)
    if known is not None and known.is_whole:
        raise FolderRefused(f"{trip} is in {path} already. `antrean field serve {trip}` serves it.")
    passphrase = ask()
    if known is None:
        check_new_password(passphrase, [place[0]])
        known = new_folder(path, place, centre, device or socket.gethostname(), passphrase, ca_file)
    known = replace(known, centre=centre, ca_file=ca_file)
    keys = known.keys(passphrase)
    known.keep()
    async with a_line(centre, ca_file) as line:
        folder, keys = await ask_for(known, keys, passphrase, Centre(line, place, key), wall_clock)
        async with opened(folder, keys, Centre(line, place, keys.shown)) as desk:
            count = await lay_down(desk)
            replace(folder, is_whole=True).keep()
            for said in await _told_of_taking(desk, count):
                click.echo(said)


async def _told_of_taking(desk: FieldDesk, count: int) -> list[str]:
    found = await desk.database.read(lambda connection: connection.execute(select(accounts)).all())
    able = sorted(row.login for row in found if row.password is not None)
    unable = sorted(row.login for row in found if row.password is None)
    said = [f"{desk.folder.trip} is in {desk.folder.path}, with {count} entries. Nobody else writes on it from now on."]
    said.append(f"Who can sign in there, by their usual password: {', '.join(able) or 'nobody'}.")
    if unable:
        said.append(f"Not without a signal, since they have no password here: {', '.join(unable)}.")
    return [*said, f"To serve it: antrean field serve {desk.folder.trip}"]


@asynccontextmanager
async def _desk(root: Path, trip: str | None, ask: Ask) -> AsyncIterator[FieldDesk]:
    folder = whole_folder(root, trip)
    keys = folder.keys(ask())
    async with (
        a_line(folder.centre, folder.ca_file) as line,
        opened(folder, keys, Centre(line, folder.place, keys.shown)) as desk,
    ):
        yield desk


def whole_folder(root: Path, trip: str | None) -> Folder:
    """Raises FolderRefused."""
    folder = the_folder(root, trip)
    if not folder.is_whole:
        raise FolderRefused(f"Not all of {folder.trip} has come yet: give `antrean field take {folder.trip} …` again.")
    return folder


async def print_sync(root: Path, trip: str | None, ask: Ask) -> None:
    async with _desk(root, trip, ask) as desk:
        for line in told(await sync(desk)):
            click.echo(line)


async def print_return(root: Path, trip: str | None, ask: Ask) -> bool:
    """Whether the centre has all of it."""
    async with _desk(root, trip, ask) as desk:
        progress = await give_back(desk)
        for line in told(progress):
            click.echo(line)
        if progress.standing is Standing.RETURNED and not progress.aside:
            click.echo(f"{desk.folder.trip} is back: both sides have the same {progress.end} entries.")
            click.echo(f"Nothing is served here any more. Remove {desk.folder.path} once nobody needs it.")
            return True
        click.echo(f"{desk.folder.trip} is not back. Keep {desk.folder.path}: nothing of it is lost.", err=True)
        return False


def told(progress: Progress) -> Iterator[str]:
    yield f"Sent: {progress.entries} entries and {progress.things} other things. The centre has {progress.end} entries."
    if progress.standing is Standing.RECLAIMED:
        yield "The centre has taken the day back meanwhile: what was written here is kept there beside it, to be read."
    elif progress.standing is Standing.FORGOTTEN:
        yield "The centre was restored from a backup of before the taking, and has gone on with the day by itself:"
        yield "what was written here is kept there beside it, to be read."
    elif progress.aside:
        yield f"{progress.aside} entries do not fit into the day; the centre keeps them beside it, with the reason."
    if progress.kept:
        yield f"{progress.kept} things had been changed at the centre as well: the field's hold, and both are kept."


async def print_status(root: Path, trip: str | None) -> None:
    folder = the_folder(root, trip)
    click.echo(f"{folder.trip}, taken along from {folder.centre} as “{folder.device}”, in {folder.path}")
    if not folder.is_whole:
        click.echo(f"Not all of it has come yet: give `antrean field take {folder.trip} …` again.")
        return
    database = open_database(folder.database_url)
    try:
        entries, sent = await database.read(lambda connection: _read(connection, folder))
    finally:
        await database.close()
    known = find_lease(entries, folder.lease)
    taken = next(e.at for e in entries if isinstance(e.event, FieldTaken) and e.event.lease == folder.lease)
    is_out = known is not None and known.standing is Standing.OUT
    click.echo(f"In the field since {_moment(taken)}." if is_out else f"Given back at {_moment(entries[-1].at)}.")
    click.echo(f"Here: {len(entries)} entries, the last of {_moment(entries[-1].at)}. The centre has {sent} of them.")
    if sent < len(entries):
        click.echo(f"{len(entries) - sent} are here only. `antrean field sync` sends them; so does `serve`, by itself.")


def _read(connection: Connection, folder: Folder) -> tuple[list[Entry], int]:
    return read_entries(connection, folder.place)[1], sent_until(connection)


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


async def sync_or_say(desk: FieldDesk) -> str | None:
    """For the one who serves: why it did not go through, if it did not."""
    try:
        progress = await sync(desk)
    except Away as away:
        return str(away)
    except Fault as fault:
        return f"{fault.heading}{fault}"
    return None if progress.standing is Standing.OUT else "the day is no longer out in the field"
