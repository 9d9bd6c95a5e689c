"""The epoch: which of its lives a journal is in. A restore from a backup begins a new one.

Whatever was decided on entries of one epoch is never appended to those of another.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, bindparam, case, delete, func, insert, select
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
        guarded = [{f"new_{name}": value for name, value in row.items()} | {"epoch": epoch} for row in rows]
        connection.execute(_GUARDED_INSERT[table.name], guarded)


def _guarded(column: Column[int]) -> Insert:
    """With another epoch the column has no value, and the database refuses that."""
    new = {each.name: bindparam(f"new_{each.name}", type_=each.type) for each in column.table.c}
    is_same = EPOCH.scalar_subquery() == bindparam("epoch")
    return insert(column.table).values({**new, column.name: case((is_same, new[column.name]))}).inline()


_INSERT = {table.name: insert(table) for table in (entries, idempotency_keys)}
_GUARDED_INSERT = {column.table.name: _guarded(column) for column in (entries.c.seq, idempotency_keys.c.at_ms)}
