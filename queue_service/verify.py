"""`antrean verify`: whether the days that are over are still as they were when they were closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import click

from queue_service.database import Database, open_database
from queue_service.domain.branches import Branch
from queue_service.domain.decisions import CLOSING_AFTER
from queue_service.domain.events import DayClosed
from queue_service.journal import Journal
from queue_service.journal.chains import BEGINNING, Broken, check_day, days_of
from queue_service.records.branches import Branches
from queue_service.settings import Settings


async def print_verification(now: datetime | None = None) -> bool:
    """Whether all is well."""
    is_well = True
    database = open_database(Settings.from_environment().database_url, is_patient=True)
    try:
        branches = Branches(database)
        await branches.refresh()
        for branch in branches.all.values():
            is_well &= await _print_branch(database, branch, now or datetime.now(UTC))
    finally:
        await database.close()
    return is_well


async def _print_branch(database: Database, branch: Branch, now: datetime) -> bool:
    days, newest, is_well = 0, "", True
    async for day, found in verify(database, branch.id, branch.day_of(now - CLOSING_AFTER)):
        days += 1
        if isinstance(found, Broken):
            click.echo(f"BROKEN  {branch.id}, {day}: {found.why}.")
            is_well = False
        else:
            newest = f", up to {day}: {found}"
    if is_well:
        click.echo(f"ok      {branch.id}: {days} day{'' if days == 1 else 's'}{newest}")
    return is_well


async def verify(database: Database, branch: str, today: date) -> AsyncIterator[tuple[date, str | Broken]]:
    """Each day's digest, or what is wrong with it; what follows a broken day is held against what that says itself."""
    journal, before = Journal(database), BEGINNING
    for day in await database.read(lambda connection: days_of(connection, branch, today)):
        entries = await journal.read((branch, day))
        yield day, check_day((branch, day), before, entries)
        closing = entries[-1].event
        before = closing.digest if isinstance(closing, DayClosed) else BEGINNING
