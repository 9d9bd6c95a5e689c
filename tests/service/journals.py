"""The journal as it lies in the SQLite file, read past the service."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / DATABASE, timeout=30)) as database:
        yield database


def read_journal(folder: Path, branch: str) -> list[Row]:
    """All entries of the branch; a test that runs over midnight sees two days and fails, as it should."""
    with opened(folder) as database:
        rows = database.execute(
            'SELECT seq, at_ms, "by", kind, fields FROM entries WHERE branch = ? ORDER BY day, seq', (branch,)
        ).fetchall()
    return [Row(seq, at_ms, by, kind, json.loads(fields)) for seq, at_ms, by, kind, fields in rows]


def read_keys(folder: Path) -> set[str]:
    """The idempotency keys of everything that was done."""
    with opened(folder) as database:
        return {key for (key,) in database.execute("SELECT key FROM idempotency_keys")}


def integrity(folder: Path) -> str:
    with opened(folder) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])
