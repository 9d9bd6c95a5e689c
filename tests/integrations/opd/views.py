"""A view in an agency's database, on a real PostgreSQL or MariaDB, and users of several kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.integrations.opd.agencies import PASSWORD
from tests.mariadb import Mariadb
from tests.postgres import Postgres

COLUMNS = "nomor, status, layanan, tanggal, jam, loket, diubah"
MADE = (
    "CREATE TABLE kunjungan (urut {bigint} PRIMARY KEY, nomor VARCHAR(40), status VARCHAR(20), layanan CHAR(2),"
    " tanggal DATE, jam TIME, loket VARCHAR(8), nik CHAR(16), diubah {moment} NOT NULL)",
    f"CREATE VIEW v_antrean AS SELECT urut, {COLUMNS} FROM kunjungan",  # noqa: S608 - our own words
)


@dataclass
class View:
    """`port`, `database` and so on: of the settings."""

    kind: Literal["postgresql", "mariadb"]
    server: Postgres | Mariadb
    database: str
    user: str

    def run(self, *statements: str) -> None:
        if isinstance(self.server, Postgres):
            self.server.ask("; ".join(statements), self.database)
            return
        with self.server.connect(self.database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def put(self, urut: int, nomor: str, status: str, second: float, **more: str) -> None:
        """A visit as it stands from then on."""
        row: dict[str, Any] = {"urut": urut, "nomor": nomor, "status": status, "layanan": "01", **more}
        row["diubah"] = f"2026-11-23 09:00:{second:09.6f}"
        names, values = ", ".join(row), ", ".join(f"'{value}'" for value in row.values())
        self.run(
            f"DELETE FROM kunjungan WHERE urut = {urut}",  # noqa: S608 - in a test
            f"INSERT INTO kunjungan ({names}) VALUES ({values})",  # noqa: S608 - in a test
        )

    def allow(self, *rights: str) -> None:
        """`SELECT ON v_antrean` and the like."""
        whom = self.user if self.kind == "postgresql" else f"'{self.user}'@'%'"
        self.run(*(f"GRANT {right} TO {whom}" for right in rights))

    def settings(self) -> dict[str, Any]:
        port = {"kind": self.kind, "host": "127.0.0.1", "port": self.server.port, "database": self.database}
        return {**port, "user": self.user, "view": "v_antrean", "key": "urut", "changed": "diubah"}


def a_view(server: Postgres | Mariadb, rights: Sequence[str] = ("SELECT ON v_antrean",)) -> View:
    if isinstance(server, Postgres):
        database, types = server.new_database(), {"bigint": "BIGINT", "moment": "TIMESTAMP"}
    else:
        database, types = server.new_database("utf8mb4"), {"bigint": "BIGINT", "moment": "DATETIME(6)"}
    user = f"pembaca_{database}"
    view = View("postgresql" if isinstance(server, Postgres) else "mariadb", server, database, user)
    view.run(*(statement.format(**types) for statement in MADE))
    made = f"ROLE {user} LOGIN PASSWORD" if view.kind == "postgresql" else f"USER '{user}'@'%' IDENTIFIED BY"
    view.run(f"CREATE {made} '{PASSWORD}'")
    view.allow(*rights)
    return view
