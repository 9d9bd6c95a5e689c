from __future__ import annotations

from pathlib import Path

import click

from queue_service.commands.running import run


@click.group()
def requests() -> None:
    """Requests for visits in villages and homes."""


@requests.command(name="import")
@click.argument("office")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--service", help="Of rows that name none; otherwise the first that the office offers on the road.")
@click.option("--keep-good", is_flag=True, help="Keep the good rows, even if others are amiss.")
@click.option("--with-nik", is_flag=True, help="Those whose NIK stand in the list agree that they are kept.")
def import_(office: str, file: Path, service: str | None, keep_good: bool, with_nik: bool) -> None:
    """Take a village's list, CSV or XLSX; say of each bad row what is amiss."""
    from queue_service.request_commands import print_import

    run(print_import(office, file, service, keeps_good=keep_good, agrees=with_nik))
