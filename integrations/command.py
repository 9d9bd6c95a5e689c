"""The commands about other systems. What each needs is loaded once it is given."""

from __future__ import annotations

import click

from queue_service.commands.running import run

ENTRY = "An ENTRY is written as `list` does: BRANCH/DAY/NUMBER."


@click.command()
def integrations() -> None:
    """Deliver what happens to the systems that are set up as connections. Several may run."""
    from integrations.run import run_integrations

    run(run_integrations())


@click.group()
def deliveries() -> None:
    """What other systems have not taken yet."""


@deliveries.command("list")
@click.argument("connection", required=False)
def list_(connection: str | None) -> None:
    """What waits for its next try, and what was given up, of one CONNECTION or of all."""
    from integrations.listing import print_deliveries

    run(print_deliveries(connection))


@deliveries.command(help=f"Try again what was given up, or each ENTRY of it. {ENTRY}")
@click.argument("connection")
@click.argument("entry", nargs=-1)
def retry(connection: str, entry: tuple[str, ...]) -> None:
    from integrations.listing import print_retried

    run(print_retried(connection, entry))


@deliveries.command(help=f"Never deliver an ENTRY; what waits behind it goes on. {ENTRY}")
@click.argument("connection")
@click.argument("entry", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that was given up.")
def drop(connection: str, entry: tuple[str, ...], is_all: bool) -> None:
    if is_all == bool(entry):
        raise click.UsageError("Which? Name the entries, or give --all.")
    from integrations.listing import print_dropped

    run(print_dropped(connection, entry))


@click.group()
def tokens() -> None:
    """What other systems show when they ask us."""


@tokens.command()
@click.argument("connection")
def revoke(connection: str) -> None:
    """End all tokens of a CONNECTION at once; who knows its password gets a new one."""
    from integrations.revoking import print_revoked

    run(print_revoked(connection))
