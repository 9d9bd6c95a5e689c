"""`antrean satusehat register-locations` and `practitioner`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from integrations.contract import Undelivered
from integrations.satusehat.chosen import Chosen, choose
from integrations.satusehat.client import Duplicate, SatusehatClient
from integrations.satusehat.opening import client_of
from integrations.satusehat.shapes import check
from integrations.satusehat.translate import location_of
from queue_service.domain.branches import Queue
from queue_service.domain.nik import read_nik
from queue_service.faults import Fault
from queue_service.setting_up import open_records_here


class Unregistered(Fault):
    """What was done before that stays; the command may be run again."""


async def print_locations(name: str | None) -> None:
    async with open_records_here() as records:
        chosen = await choose(records, name)
    rooms = list(_rooms(chosen))
    if not rooms:
        raise Unregistered(f"“clinics” of {chosen.plan.id} names no queue: which rooms are to be registered?")
    click.echo("clinics:")
    try:
        async with client_of(chosen.settings, chosen.secret) as client:
            for branch, queue in rooms:
                location, is_new = await register(client, f"{branch}/{queue.id}", queue.name.id)
                click.echo(f"  - queue: {queue.id}\n    location: {location}  # {'new' if is_new else 'known'}")
    except Undelivered as error:
        raise Unregistered(f"SATUSEHAT: {error}.") from error


def _rooms(chosen: Chosen) -> Iterator[tuple[str, Queue]]:
    """Raises Unregistered."""
    for clinic in chosen.settings.clinics:
        homes = [branch for branch in chosen.branches if clinic.queue in branch.queues]
        if len(homes) != 1:
            where = " and ".join(branch.id for branch in homes) or "no branch of this connection"
            raise Unregistered(f"the queue “{clinic.queue}” is at {where}: a connection is for one hospital.")
        yield homes[0].id, homes[0].queues[clinic.queue]


async def register(client: SatusehatClient, value: str, name: str) -> tuple[str, bool]:
    """The id of its Location, and whether it is new. Raises Undelivered."""
    if known := await client.find_location(value):
        return known, False
    resource = location_of(client.organization, value, name)
    check(resource, client.organization)
    try:
        return await client.create(resource), True
    except Duplicate:
        if known := await client.find_location(value):
            return known, False
        raise


async def print_practitioner(text: str, name: str | None) -> None:
    nik = read_nik(text)
    if nik is None:
        raise Unregistered("expected the 16 digits of a NIK.")
    async with open_records_here() as records:
        chosen = await choose(records, name)
    try:
        async with client_of(chosen.settings, chosen.secret) as client:
            found = await client.find_practitioner(nik.digits)
    except Undelivered as error:
        raise Unregistered(f"SATUSEHAT: {error}.") from error
    if found is None:
        raise Unregistered("SATUSEHAT knows no practitioner with this NIK.")
    click.echo(found)
