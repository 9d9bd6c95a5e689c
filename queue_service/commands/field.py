from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from queue_service.commands.running import run

PASSPHRASE = "ANTREAN_FIELD_PASSPHRASE"  # noqa: S105 - the name of a variable
TRIP = "TRIP is a team and a day, such as bola-1/2026-11-24"

_root = click.option(
    "--folder",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("antrean-field"),
    show_default=True,
    envvar="ANTREAN_FIELD_DIR",
    help="In which each trip has a folder of its own.",
)
_trip = click.argument("trip", required=False)


@click.group()
def field() -> None:
    """A team's day where there is no signal: taken along, served there, and given back."""


@field.command(
    help=f"Take a day along: from then on nobody else writes on it. {TRIP}. Broken off, it goes on from there."
)
@click.argument("trip")
@click.option(
    "--from", "centre", required=True, metavar="URL", help="The centre's address, which begins with https://."
)
@click.option("--device", help="By which the centre knows this laptop; without, its own name.")
@click.option(
    "--ca-file", type=click.Path(dir_okay=False), help="By whom the centre's certificate is made, if by its own."
)
@click.option(
    "--key", envvar="ANTREAN_KEY", help="Of a supervisor, or with the scope field:write; asked for otherwise."
)
@_root
def take(trip: str, key: str | None, **options: Any) -> None:
    from queue_service.field.commands import take_along

    key = key or click.prompt("Key of a supervisor", hide_input=True)
    run(take_along(trip, key, _new_passphrase, **options))


@field.command()
@_trip
@click.option("--host", default="0.0.0.0", show_default=True, help="Phones come by the laptop's own Wi-Fi.")  # noqa: S104
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="For phones.")
@click.option(
    "--secure-port", default=8443, show_default=True, type=click.IntRange(0, 65535), help="HTTPS, for tablets."
)
@_root
def serve(trip: str | None, **options: Any) -> None:
    """Run the service on a day that was taken along, and send what is new to the centre whenever there is a signal."""
    from queue_service.field.serving import serve_in_the_field

    run(serve_in_the_field(trip, _passphrase, **options))


@field.command()
@_trip
@_root
def status(trip: str | None, root: Path) -> None:
    """Say what is here, and how much of it the centre has. Needs neither passphrase nor signal."""
    from queue_service.field.commands import print_status

    run(print_status(root, trip))


@field.command()
@_trip
@_root
def sync(trip: str | None, root: Path) -> None:
    """Send what is new to the centre. The day stays here."""
    from queue_service.field.commands import print_sync

    run(print_sync(root, trip, _passphrase))


@field.command(name="return")
@_trip
@_root
def return_(trip: str | None, root: Path) -> None:
    """Give the day back: all of it is sent, both sides compare, and it goes on at the centre."""
    from queue_service.field.commands import print_return

    if not run(print_return(root, trip, _passphrase)):
        raise click.exceptions.Exit(1)


def _passphrase() -> str:
    return _from_environment() or str(click.prompt("Passphrase", hide_input=True))


def _new_passphrase() -> str:
    return _from_environment() or str(
        click.prompt("A passphrase for this folder, of several words", hide_input=True, confirmation_prompt=True)
    )


def _from_environment() -> str | None:
    return os.environ.get(PASSPHRASE) or None
