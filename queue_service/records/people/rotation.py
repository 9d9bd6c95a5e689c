"""`antrean people rotate`: everything is encrypted anew with the newest key, in batches, while people come and go."""

from __future__ import annotations

from collections import Counter
from functools import partial

from sqlalchemy import Connection, func, or_, select, update

from queue_service.database import Database
from queue_service.domain.asking import Field
from queue_service.records.complaints.words import keys_of_words, rotate_some_words
from queue_service.records.outreach.retention import keys_of_requests, rotate_some_requests
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.people import closed, opened
from queue_service.records.people.tables import people

AT_ONCE = 200  # rows: some milliseconds in which nobody else writes to a SQLite file


async def rotate(database: Database, keys: KeyRing) -> int:
    """How many rows were encrypted anew. Raises Unreadable for one that none of the keys opens; Unavailable.

    What was done stays done, and another run goes on from there.
    """
    done = 0
    for some in (_rotate_some, rotate_some_requests, rotate_some_words):
        while rotated := await database.write(partial(some, keys=keys, most=AT_ONCE)):
            done += rotated
    return done


def _rotate_some(connection: Connection, keys: KeyRing, most: int) -> int:
    found = select(people).where(people.c.key != keys.newest).order_by(people.c.id).limit(most)
    rows = connection.execute(found.with_for_update()).all()  # on PostgreSQL nobody may erase one of them meanwhile
    for row in rows:
        columns = closed(keys, row.id, opened(keys, row))
        connection.execute(update(people).where(people.c.id == row.id).values(**columns))
    return len(rows)


def keys_in_use(connection: Connection) -> dict[str, int]:
    """By how many rows that still hold something."""
    holds = or_(*(people.c[asked.value].is_not(None) for asked in Field))
    counted = select(people.c.key, func.count().label("rows")).where(holds).group_by(people.c.key)
    used = Counter({row.key: row.rows for row in connection.execute(counted)})
    return dict(used + Counter(keys_of_requests(connection)) + Counter(keys_of_words(connection)))
