"""Up to which state both sides agree on each thing: kept in the folder, so that a broken transfer goes on."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, select

from queue_service.leases.tables import agreed

_ENTRIES = "entries"


def marks_of(connection: Connection, part: str) -> dict[str, str]:
    rows = connection.execute(select(agreed.c.item, agreed.c.mark).where(agreed.c.part == part))
    return {row.item: row.mark for row in rows}


def agree(connection: Connection, part: str, marks: Mapping[str, str]) -> None:
    rows = [{"part": part, "item": item, "mark": mark} for item, mark in marks.items()]
    if rows:
        of_item = (agreed.c.part == bindparam("part")) & (agreed.c.item == bindparam("item"))
        connection.execute(delete(agreed).where(of_item), rows)
        connection.execute(insert(agreed), rows)


def sent_until(connection: Connection) -> int:
    """The last entry that the centre is known to have."""
    return int(marks_of(connection, _ENTRIES).get("end", "0"))


def begin_anew(connection: Connection, end: int) -> None:
    """With a centre that has lost what came after this entry: of other things it may have lost some as well."""
    connection.execute(delete(agreed))
    note_sent(connection, end)


def note_sent(connection: Connection, end: int) -> None:
    agree(connection, _ENTRIES, {"end": str(end)})
