"""What is kept of those whom requests are about: erased in its time, and encrypted anew when keys change."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, and_, func, or_, select, update

from queue_service.domain.asking import Field
from queue_service.records.outreach.sealing import DIGESTED, SEALED, closed, opened
from queue_service.records.outreach.tables import outreach_people
from queue_service.records.people.keys import KeyRing

# Where to come, and what was written, goes with the name.
_COLUMNS = {Field.NAME: ("name", "detail"), Field.PHONE: ("phone",), Field.NIK: ("nik",)}


def offices_with_people(connection: Connection) -> set[str]:
    return set(connection.execute(select(outreach_people.c.office).distinct()).scalars())


def erase_due(connection: Connection, office: str, asked: Field, until: date) -> tuple[int, int] | None:
    """Of requests that ended on that day or before: how many rows, and how many still hold it. None where there is
    nothing of the kind."""
    if asked not in _COLUMNS:
        return None
    names = _COLUMNS[asked]
    is_there = and_(outreach_people.c.office == office, or_(*(outreach_people.c[name].is_not(None) for name in names)))
    columns = [*names, *(f"{name}_digest" for name in names if name in DIGESTED)]
    is_due = and_(is_there, outreach_people.c.ends_on <= until)
    rows = connection.execute(update(outreach_people).where(is_due).values(dict.fromkeys(columns))).rowcount
    left = connection.execute(select(func.count()).select_from(outreach_people).where(is_there)).scalar_one()
    return (rows, left) if rows or left else None


def rotate_some_requests(connection: Connection, keys: KeyRing, most: int) -> int:
    """How many rows were encrypted anew. Raises Unreadable."""
    old = outreach_people.c.key != keys.newest
    found = select(outreach_people).where(old).order_by(outreach_people.c.id).limit(most)
    rows = connection.execute(found.with_for_update()).all()
    for row in rows:
        columns = closed(keys, row.id, opened(keys, row))
        connection.execute(update(outreach_people).where(outreach_people.c.id == row.id).values(**columns))
    return len(rows)


def keys_of_requests(connection: Connection) -> dict[str, int]:
    """By how many rows that still hold something."""
    holds = or_(*(outreach_people.c[name].is_not(None) for name in SEALED))
    key = outreach_people.c.key
    counted = select(key, func.count().label("rows")).where(holds).group_by(key)
    return {row.key: row.rows for row in connection.execute(counted)}
