"""`antrean setup` and `antrean key`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Connection

from queue_service.cursors import begin_cursors
from queue_service.faults import Fault
from queue_service.records.branches import set_up_branches
from queue_service.records.connections import SetConnections, set_up_connections
from queue_service.records.keys import COMMAND
from queue_service.records.opening import Records, open_records
from queue_service.records.plans import SetupPlan
from queue_service.records.roles import Right, Role
from queue_service.records.set_ups import note_whole_set_up, read_pieces
from queue_service.records.setup_files import read_setup_file
from queue_service.records.staff.plans import set_up_staff
from queue_service.secrets import load_secrets
from queue_service.settings import Settings


async def print_set_up(file: Path) -> None:
    plan = read_setup_file(file)
    async with open_records_here() as records:
        branches, connections = await records.database.write(lambda connection: set_up(connection, plan))
    changed = [*branches, *(f"connection {name}" for name in connections.changed)]
    if changed:
        click.echo(f"Set up: {', '.join(changed)}.")
    if connections.gone:
        click.echo(f"Gone, since the file does not name them any more: connection {', '.join(connections.gone)}.")
    if not changed and not connections.gone:
        click.echo("Everything was set up so already.")


def set_up(connection: Connection, plan: SetupPlan) -> tuple[list[str], SetConnections]:
    """All of it or nothing; what is new or changed, and the connections."""
    before, now = read_pieces(connection), datetime.now(UTC)
    # First what a restore takes first, so that neither ever waits for the other.
    connections = set_up_connections(connection, plan)
    changed = set_up_branches(connection, plan)
    begin_cursors(connection, now)
    note_whole_set_up(connection, before, COMMAND, now)
    changed += [f"account {login}" for login in set_up_staff(connection, plan.staff, now)]
    return changed, connections


async def print_new_key(
    role: Role, branch: str | None, name: str | None, days: int | None, scopes: Sequence[Right]
) -> None:
    async with open_records_here() as records:
        if branch is not None:
            records.branches.get(branch)
        now = datetime.now(UTC)
        expires_at = None if days is None else now + timedelta(days=days)
        click.echo(await records.keys.create(role, branch, now, name=name, expires_at=expires_at, scopes=scopes))


async def print_revoked(key_id: str) -> None:
    async with open_records_here() as records:
        if not await records.keys.revoke(key_id, datetime.now(UTC)):
            raise Fault(f"There is no key {key_id}, or it was revoked before.")
    click.echo(f"Key {key_id} is revoked.")


def open_records_here() -> AbstractAsyncContextManager[Records]:
    settings = Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return open_records(settings.database_url, load_secrets(settings.secret, settings.data_dir))
