"""What `antrean opd preview` does and says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from integrations.contract import NotReady, Opening, Undelivered, system_for
from integrations.opd.files.tables import read_rows
from integrations.opd.mapped_system import MappedSystem
from integrations.opd.sources import Record
from queue_service.app import open_house
from queue_service.domain.errors import Invalid
from queue_service.faults import Fault
from queue_service.logs import write_logs
from queue_service.records.connections import read_connections
from queue_service.settings import Settings
from queue_service.web.house import House
from queue_service.web.previews import Previewed

LARGEST_SAMPLE = 20_000_000  # bytes


class CannotLook(Fault):
    pass


async def print_preview(name: str, sample: Path | None) -> None:
    settings = Settings.from_environment()
    write_logs(settings.logs)
    records = None if sample is None else read_sample(sample)
    async with open_house(settings) as house:
        for line in await preview_lines(house, name, records):
            click.echo(line)


async def preview_lines(house: House, name: str, records: Sequence[Record] | None) -> list[str]:
    """Raises CannotLook."""
    known = {each.plan.id: each.plan for each in await house.database.read(read_connections)}
    if name not in known:
        raise CannotLook(f"There is no connection “{name}”. Set up are: {', '.join(known) or 'none'}.")
    opening = Opening(known[name], house, os.environ)
    try:
        system = system_for(known[name])
        if not isinstance(system, MappedSystem):
            raise CannotLook(f"{name} is of the system {known[name].system}, which has nothing to be looked at.")
        found = await (system.preview(opening) if records is None else system.preview_of(opening, records))
    except (NotReady, Undelivered) as error:
        raise CannotLook(f"{name}: {error}") from error
    return list(lines_of(found))


def lines_of(found: Sequence[Previewed]) -> Iterator[str]:
    if not found:
        yield "There is no record there now."
    for one in found:
        when = " ".join(filter(None, (one.day, one.time)))
        what = " ".join(filter(None, (one.act, one.branch, one.queue, one.counter and f"at {one.counter}", when)))
        given = f" (with {', '.join(one.given)})" if one.given else ""
        said = one.said.format(**one.fields) if one.fields else one.said
        steps = f"{', '.join(one.done)}: {one.label}" if one.done else ""
        outcome = "; ".join(filter(None, (steps, f"refused: {said}" if one.is_refused else said)))
        yield f"{one.id}  {what or 'not understood'}{given} → {outcome}"
    refused = sum(one.is_refused for one in found)
    if found:
        yield f"{len(found)} looked at, {refused} of which would be refused. Nothing was changed."


def read_sample(path: Path) -> Sequence[Record]:
    """Raises CannotLook."""
    if path.suffix.lower() == ".json":
        return _read_json(path)
    try:
        return [row.record for row in read_rows(path)]
    except (Invalid, OSError) as error:
        raise CannotLook(f"{path.name}: {error}") from error


def _read_json(path: Path) -> Sequence[Record]:
    try:
        if path.stat().st_size > LARGEST_SAMPLE:
            raise CannotLook(f"{path.name} is larger than {LARGEST_SAMPLE:,} bytes.")
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CannotLook(f"{path.name} is no JSON: {error}.") from error
    records = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) for each in records):
        raise CannotLook(f"{path.name}: expected an object, or a list of them.")
    return records
