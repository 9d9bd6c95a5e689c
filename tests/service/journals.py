"""The journal as it lies in the database, read past the service."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.postgres import Postgres

DATABASE = "antrean.db"


@dataclass(frozen=True, slots=True)
class Row:
    seq: int
    at_ms: int
    by: str
    kind: str
    fields: dict[str, Any]

    @property
    def deed(self) -> tuple[str, str | None, str | None]:
        """What happened, to which ticket, at which counter."""
        return self.kind, self.fields.get("label"), self.fields.get("counter")


@dataclass(frozen=True, slots=True)
class InPostgres:
    server: Postgres
    database: str

    @property
    def address(self) -> str:
        return self.server.address(self.database)


Store = Path | InPostgres  # a data folder with a SQLite file, or a database


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / DATABASE, timeout=30)) as database:
        yield database


def read_journal(store: Store, branch: str) -> list[Row]:
    """All entries of the branch; a test that runs over midnight sees two days and fails, as it should."""
    rows = _rows(store, 'SELECT branch, seq, at_ms, "by", kind, fields FROM entries ORDER BY day, seq')
    return [Row(seq, at_ms, by, kind, json.loads(fields)) for at, seq, at_ms, by, kind, fields in rows if at == branch]


def read_keys(store: Store) -> set[str]:
    """The idempotency keys of everything that was done."""
    return {key for (key,) in _rows(store, "SELECT key FROM idempotency_keys")}


def _rows(store: Store, query: str) -> list[Sequence[Any]]:
    if isinstance(store, Path):
        with opened(store) as database:
            return list(database.execute(query).fetchall())
    listed = f"SELECT coalesce(json_agg(row_to_json(rows)), '[]') FROM ({query}) rows"  # noqa: S608 - it is ours
    return [list(row.values()) for row in json.loads(store.server.ask(listed, store.database))]


def integrity(folder: Path) -> str:
    with opened(folder) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])
