"""What `antrean bpjs` does and says."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import date

import click

from integrations.bpjs.calls import Hours
from integrations.bpjs.client import Refused
from integrations.bpjs.clinics import read_hours
from integrations.bpjs.line import Line
from integrations.bpjs.opening import open_line
from integrations.bpjs.quality import ClinicQuality, Compared
from integrations.bpjs.reports import compare_day, quality_of_day
from integrations.bpjs.schedule_poller import clinics_of, read_register
from integrations.bpjs.schedules import Difference, differences
from integrations.bpjs.settings import BpjsSettings
from integrations.bpjs.taking_over import take_over
from integrations.contract import Opening, Undelivered, system_for
from queue_service.app import open_house
from queue_service.faults import Fault
from queue_service.records.connections import read_connections
from queue_service.settings import Settings

STRETCHES = {1: "wait 1-2", 2: "admission 2-3", 3: "wait 3-4", 4: "clinic 4-5", 5: "wait 5-6", 6: "pharmacy 6-7"}

_read_slot = re.compile(r"([1-8])=(.+)").fullmatch


async def print_quality(day: date, name: str | None) -> None:
    async with _opening(name) as (opening, settings):
        for branch in opening.branches():
            click.echo(f"{branch.id} on {day}")
            for clinic in await quality_of_day(opening, settings, branch.id, day):
                for line in quality_lines(clinic):
                    click.echo(line)


def quality_lines(clinic: ClinicQuality) -> Iterator[str]:
    yield f"  {clinic.queue}: {clinic.fine} of {clinic.bookings} bookings told in full"
    for finding in clinic.findings:
        yield f"    {finding.sentence}"


async def print_comparison(day: date, name: str | None) -> None:
    async with _line(name) as (opening, settings, line):
        for compared in await compare_day(opening, settings, line, day):
            for text in comparison_lines(compared):
                click.echo(text)


def comparison_lines(compared: Compared) -> Iterator[str]:
    """In minutes, since nobody thinks of waiting in seconds."""
    yield f"{compared.poli}: {compared.theirs} bookings by BPJS, {compared.ours} by us"
    for task, what in STRETCHES.items():
        theirs, ours = compared.their_seconds.get(task, 0.0), compared.our_seconds.get(task)
        if theirs or ours is not None:
            told = "nothing recorded" if ours is None else f"{ours / 60:.1f} min by us"
            yield f"  {what}: {theirs / 60:.1f} min by BPJS, {told}"


async def print_schedule(name: str | None, *, accept: bool) -> None:
    async with _line(name) as (opening, settings, line):
        found: list[Difference] = []
        for branch in opening.branches():
            clinics = clinics_of(branch, settings.clinics)
            today = branch.day_of(opening.house.floors.clock())
            found += differences(branch, clinics, await read_register(line, clinics, today))
        for each in found:
            click.echo(each.sentence)
        if not found:
            click.echo("HFIS and the set-up say the same.")
        elif accept:
            taken = await take_over(opening, found)
            click.echo("\n".join(taken) or "Nothing was taken over: the days do not agree. Change the set-up by hand.")


async def print_requested(poli: str, doctor: int, slots: Sequence[str], clinic: str | None, name: str | None) -> None:
    hours = [_hours(text) for text in slots]
    async with _line(name) as (_, _, line):
        try:
            await line.ask(lambda: line.calls.ask_for_schedule(clinic or poli, poli, doctor, hours))
        except Refused as error:
            raise Undelivered(str(error), is_refused=True) from error
    click.echo("BPJS has the request. Sent by 20:00 it may be approved that evening; else it is after midnight.")


def _hours(text: str) -> Hours:
    """Raises Fault."""
    found = _read_slot(text)
    try:
        if found is None:
            raise ValueError("expected a day and hours")
        first, last = read_hours(found[2])
    except ValueError as error:
        raise Fault(f"{text}: {error}, such as 1=08:00-12:00; 1 is Monday, 8 a national holiday.") from None
    return Hours(int(found[1]), f"{first:%H:%M}", f"{last:%H:%M}")


@asynccontextmanager
async def _line(name: str | None) -> AsyncIterator[tuple[Opening, BpjsSettings, Line]]:
    async with _opening(name) as (opening, settings):
        if settings.sends is None:
            raise Fault(f"The connection {opening.connection} has no “sends”, so it asks BPJS for nothing.")
        line = open_line(opening, settings.sends)
        try:
            yield opening, settings, line
        except Undelivered as error:
            raise Fault(str(error)) from error
        finally:
            await line.close()


@asynccontextmanager
async def _opening(name: str | None) -> AsyncIterator[tuple[Opening, BpjsSettings]]:
    async with open_house(Settings.from_environment()) as house:
        plans = [each.plan for each in await house.database.read(read_connections) if each.plan.system == "bpjs"]
        found = [plan for plan in plans if name in (None, plan.id)]
        if len(found) != 1:
            listed = ", ".join(plan.id for plan in plans) or "none"
            raise Fault(f"Which connection? Those to BPJS are: {listed}.")
        settings = system_for(found[0])
        assert isinstance(settings, BpjsSettings)
        yield Opening(found[0], house, os.environ), settings
