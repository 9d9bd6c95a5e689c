"""The epoch: which of its lives a journal is in. A restore from a backup begins a new one.

Whatever was decided on entries of one epoch is never appended to those of another.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Connection, String, Table, bindparam, case, delete, func, insert, select
from sqlalchemy import column as sql_column
from sqlalchemy.sql import Insert

from queue_service.journal.tables import entries, epochs, idempotency_keys

_JOURNAL = "journal"

# Always one row: an empty word before the first epoch.
EPOCH = select(func.coalesce(func.max(epochs.c.epoch), "").label("epoch")).where(epochs.c.name == _JOURNAL)


def epoch_now(connection: Connection) -> str:
    return str(connection.execute(EPOCH).scalar_one())


def begin_first_epoch(connection: Connection) -> str:
    """Raises IntegrityError when somebody else has begun it."""
    epoch = secrets.token_hex(4)
    connection.execute(insert(epochs).values(name=_JOURNAL, epoch=epoch))
    return epoch


def begin_next_epoch(connection: Connection) -> str:
    connection.execute(delete(epochs).where(epochs.c.name == _JOURNAL))
    return begin_first_epoch(connection)


def insert_in_epoch(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], epoch: str) -> None:
    """Into the entries or the idempotency keys. Raises IntegrityError when there is another epoch by now."""
    if connection.dialect.name == "sqlite":  # which lets nobody come between what a transaction reads and writes
        connection.execute(_INSERT[table.name], rows)
    else:
        values = {each.name: [row[each.name] for row in rows] for each in table.columns}
        connection.execute(_GUARDED_INSERT[table.name], {**values, "epoch": epoch})


def _guarded(column: Column[int]) -> Insert:
    """All rows in one statement, as an array for each column: each row of its own would cost as much as all of them.

    With another epoch the given column has no value, and the database refuses that.
    """
    columns = column.table.columns
    # Without their length, or what is too long would be cut off instead of refused.
    types = {each.name: String() if isinstance(each.type, String) else each.type for each in columns}
    arrays = [bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()]
    new = func.unnest(*arrays).table_valued(*(sql_column(name, kind) for name, kind in types.items()))
    rows = new.render_derived(name="new").c
    is_same = EPOCH.scalar_subquery() == bindparam("epoch")
    guarded = [case((is_same, rows[each.name])) if each is column else rows[each.name] for each in columns]
    return insert(column.table).from_select(list(columns), select(*guarded))


_INSERT = {table.name: insert(table) for table in (entries, idempotency_keys)}
_GUARDED_INSERT = {column.table.name: _guarded(column) for column in (entries.c.seq, idempotency_keys.c.at_ms)}
