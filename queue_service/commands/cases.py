from __future__ import annotations

from pathlib import Path

import click

from queue_service.commands.running import run


@click.group()
def cases() -> None:
    """Papers on their way: how far each is, from an office's export."""


_BRANCH = click.option("--branch", required=True, metavar="B", help="Whose papers these are.")
_KEEP_GOOD = click.option("--keep-good", is_flag=True, help="Keep the rows that are right, also where others are not.")


@cases.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_BRANCH
@_KEEP_GOOD
def import_(file: Path, branch: str, keep_good: bool) -> None:
    """Take a CSV FILE with the columns request_no; service; stage; updated_at. Exit code 1 when a row is bad."""
    from queue_service.cases_commands import print_imported

    if not run(print_imported(file, branch, keep_good)):
        raise click.exceptions.Exit(1)


@cases.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@_BRANCH
@_KEEP_GOOD
@click.option("--every", "seconds", default=10.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds.")
def watch(folder: Path, branch: str, keep_good: bool, seconds: float) -> None:
    """Take every CSV file that is laid into FOLDER, until a signal comes. What was taken is moved to its folder `done`,
    what was refused to `refused`, with a text beside it that names each bad row."""
    from queue_service.cases_commands import watch_folder

    run(watch_folder(folder, branch, keep_good, seconds))
