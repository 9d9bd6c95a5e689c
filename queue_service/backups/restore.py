"""Puts a backup in the place of what a database holds: all of it or nothing, and while the service runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, case, delete, func, insert, select, text, update

from queue_service.backups.files import BackupFile, BackupRefused, Header
from queue_service.backups.numbers import Skip, numbers_of_today, skip_numbers
from queue_service.backups.rows import head_of, replace_rows, tables
from queue_service.database import Database, migrate
from queue_service.database.migrate import newest_revision
from queue_service.domain.events import from_ms
from queue_service.journal.appends import Place
from queue_service.journal.epochs import begin_next_epoch, epoch_now
from queue_service.journal.tables import entries
from queue_service.records.devices.tables import devices
from queue_service.records.people.people import erase
from queue_service.records.people.tables import people
from queue_service.records.staff.tables import accounts, sessions
from queue_service.records.tables import keys


@dataclass(frozen=True, slots=True)
class Lost:
    """Entries that the database held and the backup does not."""

    entries: int
    last_at: datetime
    last_branch: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """`discard`: even if entries are lost. `further`: how many numbers to pass over in each queue, if that is known."""

    discard: bool = False
    further: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """`is_same`: the backup is of this very database, so it was known here which numbers had been given out."""

    epoch: str
    rows: dict[str, int]
    lost: Lost | None
    is_same: bool
    skips: list[Skip]


class WouldLose(BackupRefused):
    def __init__(self, lost: Lost) -> None:
        super().__init__(f"{lost.entries} entries are not in the backup.")
        self.lost = lost


@dataclass(frozen=True, slots=True)
class Checked:
    """A backup that was read to its end. `ends`: how far each of its journals goes."""

    file: BackupFile
    rows: dict[str, int]
    ends: dict[Place, int]

    @property
    def header(self) -> Header:
        return self.file.header


def check(file: BackupFile) -> Checked:
    """Raises BackupRefused for anything but a whole backup of tables that we know."""
    if file.header.revision != newest_revision():
        raise _of_another_version(file.header)
    heads = {table.name: head_of(table) for table in tables()}
    checked = Checked(file, dict.fromkeys(heads, 0), {})
    branch, day, seq = (heads[entries.name].columns.index(name) for name in ("branch", "day", "seq"))
    for head, row in file.rows():
        if heads.get(head.table) != head:
            raise _of_another_version(file.header)
        checked.rows[head.table] += 1
        if head.table == entries.name:
            place = (row[branch], date.fromisoformat(row[day]))
            checked.ends[place] = max(row[seq], checked.ends.get(place, 0))
    return checked


def _of_another_version(header: Header) -> BackupRefused:
    return BackupRefused(
        f"The backup is of tables that this version does not know (revision {header.revision}). Restore it with "
        f"Antrean {header.version}, which wrote it, or with a later one. Nothing was changed."
    )


async def restore(database: Database, backup: Checked, now: datetime, wanted: Wanted) -> Restored:
    """Raises BackupRefused (WouldLose: unless `discard`) or Unavailable; then the database is as it was."""
    await migrate(database)
    return await database.write(lambda connection: _restore(connection, backup, now, wanted))


def _restore(connection: Connection, backup: Checked, now: datetime, wanted: Wanted) -> Restored:
    _keep_others_from_writing(connection)
    lost = _lost(connection, backup)
    if lost is not None and not wanted.discard:
        raise WouldLose(lost)
    is_same = _continues(connection, backup)
    before = numbers_of_today(connection, now)
    ended = _ended(connection)
    known = [dict(row) for row in connection.execute(select(sessions)).mappings()]
    erased = [id_ for (id_,) in connection.execute(select(people.c.id).where(people.c.erased_ms.is_not(None)))]
    replace_rows(connection, backup.file.rows(), tables())
    erase(connection, erased, now)  # what somebody wanted to be erased stays so
    for column, id_, at in ended:  # a key, device or account that somebody wanted to end stays ended
        connection.execute(update(column.table).where(column.table.c.id == id_).values({column: at}))
    if known:  # whoever is signed in stays so, and who has signed out as well
        connection.execute(delete(sessions).where(sessions.c.id.in_([row["id"] for row in known])))
        connection.execute(insert(sessions), known)
    epoch = begin_next_epoch(connection)
    further = 0 if wanted.further is None and is_same else wanted.further
    skips = skip_numbers(connection, before, now, further)
    return Restored(epoch, backup.rows, lost, is_same, skips)


def _ended(connection: Connection) -> list[tuple[Column[Any], str, int]]:
    """In which column, whose, and when."""
    columns = (keys.c.revoked_ms, devices.c.revoked_ms, accounts.c.disabled_ms)
    asked = ((column, select(column.table.c.id, column).where(column.is_not(None))) for column in columns)
    return [(column, id_, at) for column, rows in asked for id_, at in connection.execute(rows)]


def _keep_others_from_writing(connection: Connection) -> None:
    """SQLite has one writer. In PostgreSQL whoever only reads goes on reading what was, until all is there."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables())
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _lost(connection: Connection, backup: Checked) -> Lost | None:
    is_newer = case((entries.c.at_ms > backup.header.taken_ms, 1), else_=0)
    counted = func.max(entries.c.seq), func.max(entries.c.at_ms), func.sum(is_newer)
    asked = select(entries.c.branch, entries.c.day, *counted).group_by(entries.c.branch, entries.c.day)
    lost: list[tuple[int, int, str]] = []
    for branch, day, end, at_ms, newer in connection.execute(asked):
        missing = max(end - backup.ends.get((branch, day), 0), newer)
        if missing > 0:
            lost.append((at_ms, missing, branch))
    if not lost:
        return None
    at_ms, _, branch = max(lost)
    return Lost(sum(missing for _, missing, _ in lost), from_ms(at_ms), branch)


def _continues(connection: Connection, backup: Checked) -> bool:
    """Whether all that happened after the backup, to this very journal, is known here."""
    epoch = epoch_now(connection)
    if not epoch or epoch != backup.header.epoch:  # none: nobody had been served by then, and any database begins so
        return False
    asked = select(entries.c.branch, entries.c.day, func.max(entries.c.seq)).group_by(entries.c.branch, entries.c.day)
    ends = {(branch, day): end for branch, day, end in connection.execute(asked)}
    return all(ends.get(place, 0) >= end for place, end in backup.ends.items())
