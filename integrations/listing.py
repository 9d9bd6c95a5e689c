"""What `antrean deliveries` does and says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from queue_service.backlogs import count_behind, read_backlog, read_parked
from queue_service.database import Database, migrate, open_database
from queue_service.domain.events import from_ms, to_ms
from queue_service.floors import wall_clock
from queue_service.records.branches import read_branches
from queue_service.records.connections import read_connections
from queue_service.records.deliveries import NoSuch, Parking, drop, name_of, retry
from queue_service.records.plans import ConnectionPlan
from queue_service.settings import Settings

MOST_LISTED = 200  # of each connection


async def print_deliveries(name: str | None) -> None:
    async with _database() as database:
        for line in await database.read(lambda connection: list(_lines(connection, name))):
            click.echo(line)


async def print_retried(name: str, named: Sequence[str]) -> None:
    async with _database() as database:
        count = await database.write(partial(_decide, retry, name, named))
    click.echo(f"{_entries(count)} will be tried again." if count else "Nothing was given up.")


async def print_dropped(name: str, named: Sequence[str]) -> None:
    async with _database() as database:
        count = await database.write(partial(_decide, drop, name, named))
    click.echo(f"{_entries(count)} will not be delivered." if count else "Nothing was given up.")


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    settings = Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()


def _decide(decision: Callable[..., int], name: str, named: Sequence[str], connection: Connection) -> int:
    _find([known.plan for known in read_connections(connection)], name)
    return decision(connection, name, named, to_ms(wall_clock()))


def _lines(connection: Connection, name: str | None) -> Iterator[str]:
    plans = [known.plan for known in read_connections(connection)]
    if name is not None:
        plans = [_find(plans, name)]
    if not plans:
        yield "No connection is set up."
    for plan in plans:
        yield from _lines_of(connection, plan)


def _find(plans: Sequence[ConnectionPlan], name: str) -> ConnectionPlan:
    found = next((plan for plan in plans if plan.id == name), None)
    if found is None:
        raise NoSuch(f"There is no connection “{name}”. Set up are: {', '.join(p.id for p in plans) or 'none'}.")
    return found


def _lines_of(connection: Connection, plan: ConnectionPlan) -> Iterator[str]:
    backlog = read_backlog(connection, plan.id, read_branches(connection))
    yield f"{plan.id} ({plan.system}): {_entries(backlog.unread)} of the journals still to be read"
    rows = read_parked(connection, plan.id, MOST_LISTED)
    yield from (_line(row, count_behind(connection, row)) for row in rows)
    if len(rows) == MOST_LISTED:
        yield "  and perhaps more"


def _line(row: Any, behind: int) -> str:
    state = "given up" if row.state == Parking.DEAD else "waiting "
    what = f"  {state}  {name_of(row)}  {row.lane} {row.kind or 'unknown'}"
    tried = "" if row.state == Parking.DEAD else f", next try {_moment(row.next_at_ms)}"
    more = f"; {behind} more of it wait behind" if behind else ""
    why = f": {row.error}" if row.error else ""
    return f"{what}, since {_moment(row.since_ms)}{tried}{more}{why}"


def _moment(ms: int) -> str:
    return f"{from_ms(ms).astimezone():%Y-%m-%d %H:%M:%S}" if ms else "now"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"
