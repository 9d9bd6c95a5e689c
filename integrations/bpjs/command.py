"""`antrean bpjs`. What it needs is loaded once one of them is given."""

from __future__ import annotations

from datetime import datetime

import click

from queue_service.commands.running import run

DAY = click.DateTime(formats=["%Y-%m-%d"])
of_connection = click.option("--connection", help="Which, where there are several.")


@click.group()
def bpjs() -> None:
    """What BPJS was told of a day, and what its register says of the days to come."""


@bpjs.command()
@click.argument("day", type=DAY)
@of_connection
def quality(day: datetime, connection: str | None) -> None:
    """Which visits of a DAY lack which times, or were refused, for each clinic."""
    from integrations.bpjs.printing import print_quality

    run(print_quality(day.date(), connection))


@bpjs.command()
@click.argument("day", type=DAY)
@of_connection
def compare(day: datetime, connection: str | None) -> None:
    """How long each stretch of a visit took on a DAY, by BPJS's dashboard and by our own records."""
    from integrations.bpjs.printing import print_comparison

    run(print_comparison(day.date(), connection))


@bpjs.command()
@click.option("--accept", is_flag=True, help="Take over the hours and places on which all days agree.")
@of_connection
def schedule(accept: bool, connection: str | None) -> None:
    """How BPJS's register of doctors (HFIS) and the set-up differ for the coming days."""
    from integrations.bpjs.printing import print_schedule

    run(print_schedule(connection, accept=accept))


@bpjs.command("request-schedule", help="Ask BPJS to change a doctor's hours: each SLOT is such as 1=08:00-12:00.")
@click.argument("poli")
@click.argument("doctor", type=int)
@click.argument("slot", nargs=-1, required=True)
@click.option("--clinic", help="The clinic's own code, where it differs from the subspecialty's.")
@of_connection
def request_schedule(poli: str, doctor: int, slot: tuple[str, ...], clinic: str | None, connection: str | None) -> None:
    from integrations.bpjs.printing import print_requested

    run(print_requested(poli, doctor, slot, clinic, connection))
