"""The command `antrean-double`: outside systems to try with by hand, where there is a checkout."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click

BPJS_PORT = 8090


@click.group()
def main() -> None:
    """Doubles of outside systems, which need no account and leave nothing behind."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=BPJS_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--masters",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Clinics, doctors and schedules, in the form of tests/doubles/bpjs/example.json.",
)
@click.option("--tolerance", default=300, show_default=True, help="Seconds by which a clock may be wrong.")
def bpjs(host: str, port: int, masters: Path | None, tolerance: int) -> None:
    """BPJS Kesehatan's queue service. Open its address in a browser to see what it was told."""
    asyncio.run(_run_bpjs(host, port, masters, tolerance))


async def _run_bpjs(host: str, port: int, masters: Path | None, tolerance: int) -> None:
    from tests.doubles.bpjs.double import BpjsDouble
    from tests.doubles.bpjs.masters import EXAMPLE, read_masters

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    double = BpjsDouble(host=host, port=port, masters=read_masters(masters or EXAMPLE), tolerance_seconds=tolerance)
    async with double:
        known = double.credentials
        click.echo(f"BPJS's double listens on {double.web.url}")
        click.echo(f"  hospital    {double.hospital_url}")
        click.echo(f"  Puskesmas   {double.puskesmas_url}   PCare user {known.login[0]}, password {known.login[1]}")
        click.echo(f"  cons id {known.cons_id}, secret {known.secret}, user key {known.user_key}")
        await stopped.wait()


if __name__ == "__main__":
    main()
