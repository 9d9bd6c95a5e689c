"""Values of a table as JSON and back, the same for every database."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

import queue_service.leases.tables
import queue_service.records.cases.tables
import queue_service.records.complaints.tables
import queue_service.records.devices.tables
import queue_service.records.outreach.tables
import queue_service.records.people.tables
import queue_service.records.staff.tables  # noqa: F401 - so that the metadata knows them
from queue_service.backups.files import TableHead, Values
from queue_service.database import metadata
from queue_service.journal.tables import entries, idempotency_keys
from queue_service.records.tables import connections, cursors, deliveries

ROWS_AT_ONCE = 1000

Convert = Callable[[Any], Any]

_TO_JSON: Mapping[type, Convert] = {
    date: date.isoformat,
    datetime: datetime.isoformat,
    bytes: lambda value: b64encode(value).decode(),
}
_FROM_JSON: Mapping[type, Convert] = {date: date.fromisoformat, datetime: datetime.fromisoformat, bytes: b64decode}
_PLAIN = (bool, int, float, str)


def tables() -> list[Table]:
    """First the journal's and the connections', in the order in which a commit takes them: so a restore that locks all
    of them and a commit never wait for each other. Of the others, those that are referred to come first."""
    first = [entries, idempotency_keys, connections, cursors, deliveries]
    return first + [table for table in metadata.sorted_tables if table not in first]


def head_of(table: Table) -> TableHead:
    return TableHead(table.name, tuple(column.name for column in table.columns))


def in_json(table: Table) -> Callable[[tuple[Any, ...]], Values]:
    converts = _converts(table, table.columns.keys(), _TO_JSON)

    def convert(row: tuple[Any, ...]) -> Values:
        values = list(row)
        for place, to_json in converts:
            if values[place] is not None:
                values[place] = to_json(values[place])
        return values

    return convert


def replace_rows(connection: Connection, rows: Iterator[tuple[TableHead, Values]], among: Sequence[Table]) -> None:
    """`among`: the tables, each after those that it refers to. Raises KeyError for a row of none of them."""
    for table in reversed(among):
        connection.execute(delete(table))
    by_name = {table.name: table for table in among}
    for head, some in _batches(rows):
        table = by_name[head.table]
        convert = _values_from(table, head.columns)
        connection.execute(insert(table), [convert(row) for row in some])


def _batches(rows: Iterator[tuple[TableHead, Values]]) -> Iterator[tuple[TableHead, list[Values]]]:
    for head, of_one in groupby(rows, key=itemgetter(0)):
        while some := [row for _, row in islice(of_one, ROWS_AT_ONCE)]:
            yield head, some


def _values_from(table: Table, names: Sequence[str]) -> Callable[[Values], dict[str, Any]]:
    converts = _converts(table, names, _FROM_JSON)

    def convert(row: Values) -> dict[str, Any]:
        values = dict(zip(names, row, strict=True))
        for place, from_json in converts:
            if row[place] is not None:
                values[names[place]] = from_json(row[place])
        return values

    return convert


def _converts(table: Table, names: Sequence[str], known: Mapping[type, Convert]) -> list[tuple[int, Convert]]:
    kinds = [table.c[name].type.python_type for name in names]
    strange = [kind for kind in kinds if kind not in known and kind not in _PLAIN]
    if strange:
        raise NotImplementedError(f"{table.name}: a backup cannot hold {strange[0].__name__}.")
    return [(place, known[kind]) for place, kind in enumerate(kinds) if kind in known]
