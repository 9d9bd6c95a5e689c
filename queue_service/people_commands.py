"""`antrean people`: what the office owes to those whose data it keeps."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from queue_service.faults import Fault
from queue_service.floors import wall_clock
from queue_service.journal.claims import only_claimed_by
from queue_service.leases.listing import close_anew, drop_differences
from queue_service.records.opening import Records, open_records
from queue_service.records.outreach.rights import erase_requests, export_requests
from queue_service.records.outreach.sealing import Known
from queue_service.records.people.breaches import Breach, note_told, read_breaches, record_breach
from queue_service.records.people.keys import KeyRing, load_key_ring
from queue_service.records.people.people import Person, checked_reason
from queue_service.records.people.retention import Retention, Run, read_runs
from queue_service.records.people.rights import Whom, erase_all, export
from queue_service.records.people.rotation import AT_ONCE, rotate
from queue_service.redaction import redacted
from queue_service.secrets import load_secrets
from queue_service.settings import Settings


@asynccontextmanager
async def _open() -> AsyncIterator[tuple[Records, KeyRing]]:
    settings = Settings.from_environment()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keys = load_key_ring(settings.people_keys, settings.data_dir)
    async with open_records(settings.database_url, load_secrets(settings.secret, settings.data_dir)) as records:
        yield records, keys


def operator() -> str:
    """Who works at this machine, for the audit trail."""
    try:
        return f"command:{getpass.getuser()}"[:80]
    except (KeyError, OSError):  # a container's user without a name
        return f"command:{os.getuid()}"


def whom(nik: str | None, phone: str | None, ticket: str | None) -> Whom:
    """Raises a Fault with a sentence."""
    if sum(given is not None for given in (nik, phone, ticket)) != 1:
        raise Fault("Of whom? Give one of --nik, --phone and --ticket.")
    if ticket is None:
        return Whom(nik=_typed(nik), phone=_typed(phone))
    try:
        branch, day, label = ticket.split("/")
        return Whom(ticket=(branch, date.fromisoformat(day), label))
    except ValueError:
        raise Fault("--ticket: expected BRANCH/DAY/NUMBER, such as rsud-lahat/2026-11-23/A-012.") from None


def _typed(given: str | None) -> str | None:
    """A `-` stands for a line of the input: what is in a command's own line, others at the machine can see."""
    return sys.stdin.readline().strip() if given == "-" else given


async def print_export(nik: str | None, phone: str | None, ticket: str | None) -> None:
    asked = whom(nik, phone, ticket)

    def work(connection: Connection) -> dict[str, Any]:
        now = datetime.now(UTC)
        told = export(connection, keys, asked, operator(), now)
        return {**told, "requests": export_requests(connection, keys, asked, operator(), now)}

    async with _open() as (records, keys):
        told = await records.database.write(work)
    click.echo(json.dumps(told, ensure_ascii=False, indent=2))


async def print_erased(nik: str | None, phone: str | None, ticket: str | None, reason: str) -> None:
    asked, why = whom(nik, phone, ticket), checked_reason(reason)

    def work(connection: Connection) -> tuple[list[Person], list[Known]]:
        deed, now = (operator(), why), wall_clock()
        people = erase_all(connection, keys, asked, deed, now)
        known = erase_requests(connection, keys, asked, deed, now)
        drop_differences(connection, [one.id for one in people] + [one.id for one in known])
        return people, known

    async with _open() as (records, keys):
        erased, of_requests = await records.database.write(work)
    for person in erased:
        branch, day, label = person.ticket
        click.echo(f"{branch} {day} {label}: {', '.join(sorted(person.values))} erased.")
    for known in of_requests:
        click.echo(f"{known.office} {known.request} {known.person}: {', '.join(sorted(known.values))} erased.")
    if not (erased or of_requests):
        click.echo("Nothing was held.")


async def print_rotation() -> None:
    async with _open() as (records, keys):
        rows = await rotate(records.database, keys)
        while some := await records.database.write(partial(close_anew, keys=keys, most=AT_ONCE)):
            rows += some
        click.echo(f"{rows} rows were encrypted anew with the key {keys.newest}.")
        claimed_until = await records.database.read(lambda connection: only_claimed_by(connection, keys.newest))
    if claimed_until is None:
        click.echo("Every other key may go from ANTREAN_PEOPLE_KEYS.")
    else:
        click.echo(f"Keep the others until {claimed_until} is over: by them it is known who has a claim already.")


async def print_retention() -> None:
    """Runs it where today's was not done yet."""
    async with _open() as (records, _):
        await Retention(records.database, records.branches, wall_clock).run()
        runs = await records.database.read(lambda connection: list(read_runs(connection)))
    for run in runs:
        _print_run(run)


def _print_run(run: Run) -> None:
    click.echo(f"{run.day}, done at {run.at:%Y-%m-%d %H:%M} UTC")
    for one in run.erased:
        click.echo(f"  {one.branch}: {one.field} of {one.rows} erased (up to {one.until}), {one.left} are left")
    if not run.erased:
        click.echo("  nothing is held")


async def print_recorded(noticed: datetime, what: str, fields: str, persons: int) -> None:
    breach = Breach(noticed.astimezone(UTC), redacted(what), fields[:200], persons)
    async with _open() as (records, _):
        id_ = await records.database.write(
            lambda connection: record_breach(connection, breach, operator(), wall_clock())
        )
    click.echo(f"Recorded as {id_}. Those concerned and the authority are to be told by {_when(breach.due_at)}.")


async def print_told(id_: str, people_at: datetime | None, authority_at: datetime | None) -> None:
    async with _open() as (records, _):
        is_known = await records.database.write(
            lambda connection: note_told(connection, id_, people_at, authority_at, operator(), wall_clock())
        )
    if not is_known:
        raise Fault(f"There is no breach {id_}, or no moment was given.")
    click.echo(f"Noted for {id_}.")


async def print_breaches() -> None:
    async with _open() as (records, _):
        known = await records.database.read(lambda connection: list(read_breaches(connection)))
    now = wall_clock()
    for breach in known:
        click.echo(f"{breach.id}  noticed {_when(breach.noticed_at)}  {breach.persons} people  {breach.fields}")
        click.echo(f"    {breach.what}")
        click.echo(f"    people told: {_when(breach.people_told_at)}")
        click.echo(f"    authority told: {_when(breach.authority_told_at)}")
        click.echo(f"    {'LATE: ' if breach.is_late(now) else ''}due by {_when(breach.due_at)} (3×24 hours)")
    if not known:
        click.echo("None is recorded.")


def _when(moment: datetime | None) -> str:
    return "not yet" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
