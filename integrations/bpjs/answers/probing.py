"""Whether what Mobile JKN asks for can be answered, as far as that can be seen from here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from integrations.bpjs.answers.access import Access
from integrations.bpjs.answers.practices import Practice, practices_of
from integrations.bpjs.answers.settings import Answers, AnswerSettings
from integrations.bpjs.answers.theatre import TheatreFile
from integrations.bpjs.clinics import ClinicPlan
from integrations.contract import Opening, Undelivered

WEEK = 7


async def look_over(opening: Opening, settings: Answers, clinics: Sequence[ClinicPlan]) -> str:
    """Raises NotReady, Undelivered."""
    Access.of(opening)
    if faults := list(_faults(opening, clinics)):
        raise Undelivered("; ".join(faults), is_refused=True)
    if isinstance(settings, AnswerSettings) and settings.theatre is not None:
        await TheatreFile(settings.theatre).operations()
    return f"Mobile JKN is answered at /connections/{opening.connection} for {len(clinics)} clinics."


def _faults(opening: Opening, clinics: Sequence[ClinicPlan]) -> Iterator[str]:
    practices = list(practices_of(opening.branches(), clinics))
    found = [practice.clinic for practice in practices]
    yield from (f"no branch of this connection has the queue “{c.queue}”" for c in clinics if c not in found)
    for practice in practices:
        if practice.queue.booking is None:
            yield f"the queue “{practice.queue.id}” takes no appointments"
        elif not _is_ever_held(opening, practice):
            yield f"the queue “{practice.queue.id}” has no times within {practice.clinic.hours} in the next {WEEK} days"


def _is_ever_held(opening: Opening, practice: Practice) -> bool:
    today = practice.branch.day_of(opening.house.floors.clock())
    return any(practice.times(today + timedelta(days=ahead)) for ahead in range(WEEK))
