from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from queue_service.commands.running import run


@click.group()
def people() -> None:
    """Data of those who come: what is held, for how long, and what they may ask for."""


_WHOM = (
    click.option("--nik", help="All that is held under this NIK; - reads it from the input."),
    click.option("--phone", help="All that is held under this phone number; - as well."),
    click.option("--ticket", metavar="BRANCH/DAY/NUMBER", help="What is held with this number."),
)


def _of_somebody(command: Any) -> Any:
    for option in reversed(_WHOM):
        command = option(command)
    return command


@people.command()
@_of_somebody
def export(nik: str | None, phone: str | None, ticket: str | None) -> None:
    """Print all that is held about somebody, where it came from and who looked at it, as JSON."""
    from queue_service.people_commands import print_export

    run(print_export(nik, phone, ticket))


@people.command()
@_of_somebody
@click.option("--reason", required=True, help="Kept in the audit trail.")
def erase(nik: str | None, phone: str | None, ticket: str | None, reason: str) -> None:
    """Erase what is held about somebody. Their numbers stay."""
    from queue_service.people_commands import print_erased

    run(print_erased(nik, phone, ticket, reason))


@people.command()
def rotate() -> None:
    """Encrypt everything anew with the first of ANTREAN_PEOPLE_KEYS. The service may run on."""
    from queue_service.people_commands import print_rotation

    run(print_rotation())


@people.command()
def retention() -> None:
    """Erase what was kept long enough, where that was not done today, and print what was erased each day."""
    from queue_service.people_commands import print_retention

    run(print_retention())


@people.group()
def breach() -> None:
    """The list of breaches, and of who was told of them."""


_MOMENT = click.DateTime(["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"])


@breach.command()
@click.option("--noticed", required=True, type=_MOMENT, help="When, such as 2026-11-23T09:00+0700.")
@click.option("--what", required=True, help="What happened, in a sentence. No names.")
@click.option("--data", "fields", required=True, help="Which data, such as “name, phone”.")
@click.option("--people", "persons", required=True, type=click.IntRange(0), help="How many people it concerns.")
def record(**found: Any) -> None:
    """Record a breach, and say by when those concerned and the authority are to be told."""
    from queue_service.people_commands import print_recorded

    run(print_recorded(**found))


@breach.command()
@click.argument("breach_id")
@click.option("--people", "people_at", type=_MOMENT, help="When those concerned were told.")
@click.option("--authority", "authority_at", type=_MOMENT, help="When the authority was told.")
def told(breach_id: str, people_at: datetime | None, authority_at: datetime | None) -> None:
    """Note when those concerned, or the authority, were told."""
    from queue_service.people_commands import print_told

    run(print_told(breach_id, people_at, authority_at))


@breach.command(name="list")
def list_() -> None:
    """Print all, with what is due."""
    from queue_service.people_commands import print_breaches

    run(print_breaches())
