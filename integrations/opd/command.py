"""The command `antrean opd`. What it needs is loaded once it is given."""

from __future__ import annotations

from pathlib import Path

import click

from queue_service.commands.running import run


@click.group()
def opd() -> None:
    """The systems of other agencies, whose records become numbers here."""


@opd.command()
@click.argument("connection")
@click.option(
    "--file",
    "sample",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A sample instead: .csv or .xlsx, or .json with one record or a list of them.",
)
def preview(connection: str, sample: Path | None) -> None:
    """Print how the first records of a CONNECTION would be understood, and what would come of each. Changes nothing."""
    from integrations.opd.printing import print_preview

    run(print_preview(connection, sample))
