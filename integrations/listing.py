"""What `antrean deliveries` does and says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import click
from sqlalchemy import Connection, and_, func, select, update

from integrations.days import ends_since
from integrations.lanes import State
from integrations.ledger import first_days, hold, let_go, of_place, read_cursors
from queue_service.database import Database, migrate, open_database
from queue_service.domain.events import from_ms, to_ms
from queue_service.faults import Fault
from queue_service.floors import wall_clock
from queue_service.journal.appends import Place
from queue_service.journal.tables import entries
from queue_service.records.branches import read_branches
from queue_service.records.connections import read_connections
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import deliveries
from queue_service.settings import Settings

MOST_LISTED = 200  # of each connection

Key = tuple[Place, int]


class NoSuch(Fault):
    """Connection, or entry."""


async def print_deliveries(name: str | None) -> None:
    async with _database() as database:
        for line in await database.read(lambda connection: list(_lines(connection, name))):
            click.echo(line)


async def print_retried(name: str, named: Sequence[str]) -> None:
    async with _database() as database:
        count = await database.write(lambda connection: _retry(connection, name, named))
    click.echo(f"{_entries(count)} will be tried again." if count else "Nothing was given up.")


async def print_dropped(name: str, named: Sequence[str]) -> None:
    async with _database() as database:
        count = await database.write(lambda connection: _drop(connection, name, named))
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
    yield f"{plan.id} ({plan.system}): {_entries(_unread(connection, plan))} of the journals still to be read"
    joined = deliveries.outerjoin(entries, _same_entry())
    asked = select(deliveries, entries.c.kind).select_from(joined)
    mine = asked.where(deliveries.c.connection == plan.id, deliveries.c.state != State.BEHIND)
    in_order = mine.order_by(deliveries.c.state, deliveries.c.since_ms, deliveries.c.branch, deliveries.c.seq)
    rows = connection.execute(in_order.limit(MOST_LISTED)).all()
    yield from (_line(row, _behind(connection, row)) for row in rows)
    if len(rows) == MOST_LISTED:
        yield "  and perhaps more"


def _same_entry() -> Any:
    pairs = ((deliveries.c[name], entries.c[name]) for name in ("branch", "day", "seq"))
    return and_(*(mine == other for mine, other in pairs))


def _unread(connection: Connection, plan: ConnectionPlan) -> int:
    cursors = read_cursors(connection, plan.id)
    there = read_branches(connection)
    first = {branch: day for branch, day in first_days(cursors).items() if branch in there}
    ends = ends_since(connection, first)
    return sum(max(0, end - cursors.get(place, 0)) for place, end in ends.items())


def _behind(connection: Connection, row: Any) -> int:
    lane = and_(of_place(row.connection, (row.branch, row.day)), deliveries.c.lane == row.lane)
    return connection.execute(select(func.count()).where(lane, deliveries.c.seq > row.seq)).scalar_one()


def _line(row: Any, behind: int) -> str:
    state = "given up" if row.state == State.DEAD else "waiting "
    what = f"  {state}  {row.branch}/{row.day}/{row.seq}  {row.lane} {row.kind or 'unknown'}"
    tried = "" if row.state == State.DEAD else f", next try {_moment(row.next_at_ms)}"
    more = f"; {behind} more of it wait behind" if behind else ""
    why = f": {row.error}" if row.error else ""
    return f"{what}, since {_moment(row.since_ms)}{tried}{more}{why}"


def _moment(ms: int) -> str:
    return f"{from_ms(ms).astimezone():%Y-%m-%d %H:%M:%S}" if ms else "now"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _retry(connection: Connection, name: str, named: Sequence[str]) -> int:
    anew = {"state": State.WAITING, "failures": 0, "refusals": 0, "next_at_ms": to_ms(wall_clock())}
    rows = _chosen(connection, name, named)
    for row in rows:
        if row.state == State.BEHIND:
            raise NoSuch(f"Entry {row.branch}/{row.day}/{row.seq} waits behind another of {row.lane}: retry that one.")
        key = and_(of_place(name, (row.branch, row.day)), deliveries.c.seq == row.seq)
        connection.execute(update(deliveries).where(key).values(**anew))
    return len(rows)


def _drop(connection: Connection, name: str, named: Sequence[str]) -> int:
    rows = _chosen(connection, name, named)
    for row in rows:
        place = (row.branch, row.day)
        connection.execute(deliveries.delete().where(of_place(name, place), deliveries.c.seq == row.seq))
        let_go(connection, name, (place, row.lane), to_ms(wall_clock()))
    return len(rows)


def _chosen(connection: Connection, name: str, named: Sequence[str]) -> Sequence[Any]:
    """Those that are named, or all that were given up."""
    _find([known.plan for known in read_connections(connection)], name)
    hold(connection, name)
    if not named:
        dead = deliveries.c.connection == name, deliveries.c.state == State.DEAD
        return connection.execute(select(deliveries).where(*dead)).all()
    return [_chosen_one(connection, name, word) for word in named]


def _chosen_one(connection: Connection, name: str, word: str) -> Any:
    try:
        branch, day, seq = word.split("/")
        key = and_(of_place(name, (branch, date.fromisoformat(day))), deliveries.c.seq == int(seq))
    except ValueError:
        raise NoSuch(f"“{word}” is not written as BRANCH/DAY/NUMBER, such as rsud-lahat/2026-11-23/41.") from None
    row = connection.execute(select(deliveries).where(key)).first()
    if row is None:
        raise NoSuch(f"{name} has no delivery {word}. `antrean deliveries list {name}` names them.")
    return row
