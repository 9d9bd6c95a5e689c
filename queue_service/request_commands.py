"""`antrean requests`: what the office does with requests for visits at the machine itself."""

from __future__ import annotations

from pathlib import Path

import click

from queue_service.faults import Fault
from queue_service.floors import wall_clock
from queue_service.people_commands import operator
from queue_service.records.opening import open_records
from queue_service.records.outreach import Requests
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.sheets import LARGEST_FILE
from queue_service.records.outreach.taking import Choice, take_list
from queue_service.records.people.keys import load_key_ring
from queue_service.regions import read_regions
from queue_service.secrets import load_secrets
from queue_service.settings import Settings


async def print_import(office: str, file: Path, service: str | None, *, keeps_good: bool, agrees: bool) -> None:
    """Raises a Refusal or Fault; then nothing was kept."""
    with file.open("rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    settings = Settings.from_environment()
    keys = load_key_ring(settings.people_keys, settings.data_dir)
    async with open_records(settings.database_url, load_secrets(settings.secret, settings.data_dir)) as records:
        branch = records.branches.get(office)
        choice = Choice(service or next(iter(outreach_of(branch).services)), agrees, keeps_good)
        requests, regions = Requests(records.database, keys), read_regions(settings.data_dir)
        taken = await take_list(requests, regions, branch, content, choice, (operator(), wall_clock()))
    for bad in taken.bad:
        reasons = " ".join(fault.sentence.format(**fault.fields) for fault in bad.faults)
        click.echo(f"row {bad.row}: {reasons}")
    if not taken.requests:
        raise Fault(f"{len(taken.bad)} rows are amiss: nothing was kept. --keep-good keeps the {taken.rows} good ones.")
    click.echo(f"{taken.rows} people, in {len(taken.requests)} requests: {taken.requests[0].id} and on.")
