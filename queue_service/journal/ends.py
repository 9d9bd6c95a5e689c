"""How far each journal has come, and whose turn it is to write there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, func, select, text

from queue_service.journal.appends import Place
from queue_service.journal.epochs import epoch_now
from queue_service.journal.tables import entries

_END = select(func.coalesce(func.max(entries.c.seq), 0)).where(
    entries.c.branch == bindparam("branch"), entries.c.day == bindparam("day")
)

# All places in one question: on PostgreSQL each would be a round trip.
_ENDS = text("""
    SELECT branch, day, (SELECT coalesce(max(seq), 0) FROM entries WHERE (branch, day) = (place.branch, place.day))
    FROM unnest(CAST(:branches AS text[]), CAST(:days AS date[])) AS place (branch, day)
""")
_ENDS_AND_LOCKS = text("""
    SELECT branch, day, (SELECT coalesce(max(seq), 0) FROM entries WHERE (branch, day) = (place.branch, place.day))
           AS end,
           pg_try_advisory_xact_lock(hashtextextended(branch || day, 0)) AS is_ours,
           (SELECT epoch FROM epochs WHERE name = 'journal') AS epoch
    FROM unnest(CAST(:branches AS text[]), CAST(:days AS date[])) AS place (branch, day)
""")
_WAIT_FOR_LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(CAST(:branch AS text) || CAST(:day AS date), 0))
""")


def ends_of(connection: Connection, places: Collection[Place]) -> dict[Place, int]:
    """Each is one look at the end of an index, however long its journal is."""
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_ENDS, _arrays(places))
        return {(branch, day): end for branch, day, end in rows}
    return {
        (branch, day): connection.execute(_END, {"branch": branch, "day": day}).scalar_one() for branch, day in places
    }


def ends_to_write_at(connection: Connection, places: Collection[Place]) -> tuple[str, dict[Place, int | None]]:
    """The epoch, and the ends.

    None where somebody else is writing at this moment; everywhere else nobody can until this transaction ends.

    Where the end was read a moment before the place became ours it may be old: the primary key tells.
    """
    if connection.dialect.name == "postgresql":
        rows = connection.execute(_ENDS_AND_LOCKS, _arrays(places)).all()
        return rows[0].epoch or "", {(row.branch, row.day): row.end if row.is_ours else None for row in rows}
    return epoch_now(connection), dict(ends_of(connection, places))  # SQLite has one writer at a time


def wait_for(connection: Connection, place: Place) -> None:
    """Until it is this transaction's turn to write there; those who wait come in order."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAIT_FOR_LOCK, {"branch": place[0], "day": place[1]})


def _arrays(places: Collection[Place]) -> dict[str, Sequence[object]]:
    return {"branches": [branch for branch, _ in places], "days": [day for _, day in places]}
