"""Brings the database's tables to what this version expects."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from queue_service.database.databases import Database

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(database: Database) -> None:
    """Safe when many processes start together: the first does it, the others wait and find it done."""
    await database.write(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('antrean migrations'))"))
    if revision_of(connection) != newest_revision():
        migrate_to(connection, newest_revision())


def migrate_to(connection: Connection, revision: str) -> None:
    # Loaded here: that takes a tenth of the time in which a process starts, and mostly nothing is to be done.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def revision_of(connection: Connection) -> str | None:
    """Of the tables as they are; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def newest_revision() -> str:
    """Of the tables as this version wants them."""
    return max(revisions())


def revisions() -> set[str]:
    """All that there have been: the migrations' files begin with their numbers."""
    return {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}
