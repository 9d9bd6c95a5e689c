"""Which journals there are, and how far each has come: a few steps in an index for each day, however long they are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, Date, Integer, String, bindparam, column, text

from queue_service.journal.appends import Place

_WALK = """
    WITH RECURSIVE days (branch, day) AS (
        SELECT start.branch,
               (SELECT min(e.day) FROM entries AS e WHERE e.branch = start.branch AND e.day >= start.day)
        FROM {start} AS start{names}
        UNION ALL
        SELECT days.branch, (SELECT min(e.day) FROM entries AS e WHERE e.branch = days.branch AND e.day > days.day)
        FROM days WHERE days.day IS NOT NULL
    )
    SELECT branch, day, (SELECT max(e.seq) FROM entries AS e WHERE e.branch = days.branch AND e.day = days.day) AS seq
    FROM days WHERE day IS NOT NULL
"""
_ARRAYS = "unnest(CAST(:branches AS text[]), CAST(:days AS date[]))"
_FOUND = (column("branch", String), column("day", Date), column("seq", Integer))

# All branches in one question: on PostgreSQL each would be a round trip.
_OF_ALL = text(_WALK.format(start=_ARRAYS, names=" (branch, day)")).columns(*_FOUND)
_OF_ONE = (
    text(_WALK.format(start="(SELECT :branch AS branch, :day AS day)", names=""))
    .bindparams(bindparam("day", type_=Date))
    .columns(*_FOUND)
)


def ends_since(connection: Connection, first: Mapping[str, date]) -> dict[Place, int]:
    """Of every journal from this day on, by branch."""
    if connection.dialect.name == "postgresql":
        rows = list(connection.execute(_OF_ALL, {"branches": list(first), "days": list(first.values())}))
    else:
        each = ({"branch": branch, "day": day} for branch, day in first.items())
        rows = [row for start in each for row in connection.execute(_OF_ONE, start)]
    return {(branch, day): seq for branch, day, seq in rows}
