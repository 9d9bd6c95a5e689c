"""From where a connection reads the journals: it begins with what happens after it was set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from queue_service.domain.branches import Branch
from queue_service.journal.tables import entries
from queue_service.records.branches import read_branches
from queue_service.records.connections import read_connections
from queue_service.records.tables import cursors


def begin_cursors(connection: Connection, now: datetime) -> None:
    """For each connection and each of its branches that has none yet. Those of today and of later days: an earlier
    day's journal has ended."""
    begun = select(cursors.c.connection, cursors.c.branch).distinct()
    known = {(row.connection, row.branch) for row in connection.execute(begun)}
    branches = read_branches(connection)
    for plan in (each.plan for each in read_connections(connection)):
        for branch in branches.values():
            if (plan.id, branch.id) not in known and (not plan.branches or branch.id in plan.branches):
                connection.execute(insert(cursors), list(_rows(connection, plan.id, branch, now)))


def _rows(connection: Connection, name: str, branch: Branch, now: datetime) -> Iterator[dict[str, Any]]:
    today = branch.day_of(now)
    asked = (
        select(entries.c.day, func.max(entries.c.seq))
        .where(entries.c.branch == branch.id, entries.c.day >= today)
        .group_by(entries.c.day)
    )
    found = [(day, seq) for day, seq in connection.execute(asked)]
    for day, seq in {today: 0, **dict(found)}.items():
        yield {"connection": name, "branch": branch.id, "day": day, "seq": seq}
