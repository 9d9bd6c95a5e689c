"""A day's report for the office: by clinic what the insurer was told in full, and how long each stretch took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from integrations.bpjs.bookings import visits_of_day
from integrations.bpjs.opening import open_line
from integrations.bpjs.quality import Finding, Seconds, compare
from integrations.bpjs.reports import compare_day, quality_of_day
from integrations.bpjs.settings import BpjsSettings
from integrations.bpjs.words import STRETCHES, TASKS
from integrations.contract import NotReady, Opening, system_for
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from queue_service.web.reports import ClinicDay, DayReport, Fault, Spans


async def report_day(plan: ConnectionPlan, house: House, branches: Sequence[str], day: date) -> DayReport:
    """Raises NotReady, Unavailable."""
    opening, settings = Opening(plan, house, {}), system_for(plan)
    assert isinstance(settings, BpjsSettings)
    clinics: dict[str, Sequence[ClinicDay]] = {}
    visits = []
    for branch in branches:
        found = await quality_of_day(opening, settings, branch, day)
        clinics[branch] = [
            ClinicDay(
                each.queue, each.bookings, each.fine, [Fault(one.label, list(_sentences(one))) for one in each.findings]
            )
            for each in found
        ]
        visits += [visit for visit, _ in await visits_of_day(opening, settings.ways, branch, day)]
    compared = compare((), visits, {clinic.queue: clinic.poli for clinic in settings.clinics})
    spans = [Spans(each.poli, each.ours, _named(each.our_seconds)) for each in compared]
    return DayReport("BPJS", [*STRETCHES.values()], clinics, spans, asks=settings.sends is not None)


async def figures_of(opening: Opening, settings: BpjsSettings, day: date) -> list[Spans]:
    """By the insurer's dashboard. Raises NotReady, Undelivered, Unavailable."""
    if settings.sends is None:
        raise NotReady("This connection has no “sends”, so it asks BPJS for nothing.")
    line = open_line(opening, settings.sends)
    try:
        found = await compare_day(opening, settings, line, day)
    finally:
        await line.close()
    return [Spans(each.poli, each.theirs, _named(each.their_seconds)) for each in found if each.theirs]


def _named(seconds: Seconds) -> dict[str, float]:
    """Without those that never were: the insurer has 0 for them."""
    return {STRETCHES[task]: seconds[task] for task in sorted(seconds) if seconds[task]}


def _sentences(finding: Finding) -> Iterator[str]:
    yield from finding.faults
    yield from (TASKS[task] for task in finding.lacks)
