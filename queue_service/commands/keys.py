from __future__ import annotations

import click

from queue_service.commands.running import run
from queue_service.records.roles import Right, Role


@click.group()
def key() -> None:
    """Keys of staff."""


@key.command()
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--branch", help="Needed for clerks, supervisors and devices; others without one are for all.")
@click.option("--name", help="What it is for.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="It is valid for so many days; without, until it is revoked."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([right.value for right in Right]),
    help="It may do only this; more than one may be given. Needed for integrations.",
)
def create(role: str, branch: str | None, name: str | None, days: int | None, scopes: tuple[str, ...]) -> None:
    """Make a key and print it, this once."""
    if branch is None and role not in (Role.ADMINISTRATOR, Role.HEAD, Role.INTEGRATION):
        raise click.UsageError("Which branch is it for? Give --branch.")
    from queue_service.setting_up import print_new_key

    run(print_new_key(Role(role), branch, name, days, [Right(scope) for scope in scopes]))


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key. KEY_ID is the part between its two underscores. A running service knows within two seconds."""
    from queue_service.setting_up import print_revoked

    run(print_revoked(key_id))
