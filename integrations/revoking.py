"""What `antrean tokens revoke` does and says."""

from __future__ import annotations

import click
from sqlalchemy import Connection

from queue_service.faults import Fault
from queue_service.floors import wall_clock
from queue_service.records.connection_tokens import revoke_tokens
from queue_service.records.connections import read_connections
from queue_service.records.keys import COMMAND
from queue_service.setting_up import open_records_here


class NoSuchConnection(Fault):
    pass


async def print_revoked(name: str) -> None:
    async with open_records_here() as records:
        count = await records.database.write(lambda connection: _revoke(connection, name))
    click.echo(f"{count} token{'' if count == 1 else 's'} of {name} revoked.")


def _revoke(connection: Connection, name: str) -> int:
    known = [each.plan.id for each in read_connections(connection)]
    if name not in known:
        raise NoSuchConnection(f"There is no connection “{name}”. Set up are: {', '.join(known) or 'none'}.")
    return revoke_tokens(connection, name, COMMAND, wall_clock())
