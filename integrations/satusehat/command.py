"""The command `antrean satusehat`. What it needs is loaded once it is given."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from queue_service.commands.running import run

WHICH = click.option("--connection", metavar="ID", help="Where several connections lead to SATUSEHAT.")


@click.group()
def satusehat() -> None:
    """What a hospital's staff do themselves about SATUSEHAT."""


@satusehat.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@WHICH
def advise(day: datetime, form: str, connection: str | None) -> None:
    """Print when each visit of DAY to a clinic arrived, began and ended, for the hospital's own system to send."""
    from integrations.satusehat.advice import print_advice

    run(print_advice(day.date(), form, connection))


@satusehat.command("register-locations")
@WHICH
def register_locations(connection: str | None) -> None:
    """Register the room of each clinic where that is not done, and print what the settings are to say."""
    from integrations.satusehat.registering import print_locations

    run(print_locations(connection))


@satusehat.command()
@WHICH
def practitioner(connection: str | None) -> None:
    """Print the IHS number of a practitioner, whose NIK is read from the input."""
    from integrations.satusehat.registering import print_practitioner

    nik = click.prompt("NIK", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    run(print_practitioner(nik.strip(), connection))
