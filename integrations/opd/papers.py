"""How far a paper is, as an agency's system tells it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.opd.mapping import Wanted
from integrations.opd.settling import Known, Outcome
from integrations.opd.steps import IS_HANDED_OVER, IS_SO, NO_PAPER
from queue_service.domain.cases import Case, Step
from queue_service.domain.cases import Outcome as Progress
from queue_service.domain.errors import Invalid

AHEAD = timedelta(minutes=10)  # by which their clock may be wrong
WITHOUT_PAPER = Outcome(None, (), NO_PAPER, is_unknown=True)


def paper_step(wanted: Wanted, now: datetime) -> Step:
    """Raises Invalid: of what is still to come, nothing that comes before it would count."""
    assert wanted.stage is not None and wanted.occurred is not None
    if wanted.occurred > now + AHEAD:
        raise Invalid("occurred: {moment} is still to come.", moment=wanted.occurred.isoformat(timespec="seconds"))
    return Step(wanted.stage, wanted.occurred, wanted.reason)


def told_of(case: Case, progress: Progress) -> Outcome:
    known = Known(case.day, case.label) if case.label else None
    if progress is Progress.TAKEN:
        return Outcome(known, ("progress",))
    return Outcome(known, (), IS_HANDED_OVER if progress is Progress.FINAL else IS_SO)
