"""What came of a day in another system's eyes: how many visits were told to it in full, and what the others lack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.records.connections import read_connections
from queue_service.records.plans import ConnectionPlan
from queue_service.records.questions import Question, Stage
from queue_service.records.roles import Right
from queue_service.web.languages import long_date
from queue_service.web.outside import in_words
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office import asked
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.reports import ClinicDay, DayReport, Spans, has_report, report_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


ROOT = "/office/connections/{connection}/day"


@router.get(ROOT)
async def show(connection: str, request: Request) -> Response:
    """Of the branches that one may see; how long it all took goes over all of those together."""
    at = await visit(request, Right.READ_SETUP)
    plan, branches = await _reported(at, connection)
    today = branches[0].day_of(at.house.floors.clock())
    day = _day(request.query_params.get("day", ""), today)
    report = await report_of(plan, at.house, [branch.id for branch in branches], day)
    question = await asked.find(at.house, plan.id, day)
    return at.page(
        "day.html",
        connection=plan.id,
        day=day.isoformat(),
        today=today.isoformat(),
        shown=long_date(at.language, day),
        branches=[(each.name.in_language(at.language), _clinics(at, each, report)) for each in branches],
        name=report.name,
        asks=report.asks,
        said=asked.said(at, question),
        asked_at=asked.moment(at, branches[0], question),
        compared=list(_compared(at, _answered(question), report)),
    )


@router.post(ROOT)
async def ask_them(connection: str, request: Request) -> Response:
    """Changes nothing, there or here: whoever may read may ask."""
    at = await visit(request, Right.READ_SETUP)
    plan, branches = await _reported(at, connection)
    day = _day(at.first("day"), branches[0].day_of(at.house.floors.clock()))
    await asked.put(at.house, plan.id, day)
    return RedirectResponse(f"/office/connections/{plan.id}/day?day={day}#compared", 303)


async def _reported(at: Visit, connection: str) -> tuple[ConnectionPlan, Sequence[Branch]]:
    """And which of its branches one may see. Raises NotFound."""
    known = {each.plan.id: each.plan for each in await at.house.database.read(read_connections)}
    plan = known.get(connection)
    covered = plan.branches if plan else ()
    branches = [each for each in at.branches_with(Right.READ_SETUP) if not covered or each.id in covered]
    if plan is None or not branches or not has_report(plan.system):
        raise NotFound("There is nothing at this address.")
    return plan, branches


def _day(text: str, today: date) -> date:
    """Nothing was told of days to come."""
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def _clinics(at: Visit, branch: Branch, report: DayReport) -> Sequence[Json]:
    return [
        {
            "name": branch.queues[one.queue].name.in_language(at.language) if one.queue in branch.queues else one.queue,
            "visits": one.visits,
            "full": one.full,
            "faults": list(_faults(at, one)),
        }
        for one in report.clinics[branch.id]
    ]


def _faults(at: Visit, clinic: ClinicDay) -> Iterator[Json]:
    for fault in clinic.faults:
        yield {"label": fault.label, "told": [in_words(at.language, each) for each in fault.sentences]}


def _answered(question: Question | None) -> Mapping[str, Spans]:
    """By clinic."""
    if question is None or question.stage is not Stage.ANSWERED:
        return {}
    return {each["clinic"]: Spans(**each) for each in json.loads(question.told)}


def _compared(at: Visit, theirs: Mapping[str, Spans], report: DayReport) -> Iterator[Json]:
    here = {each.clinic: each for each in report.spans}
    nothing = Spans("", 0, {})
    for clinic in sorted({*theirs, *here}):
        there, own = theirs.get(clinic, nothing), here.get(clinic, nothing)
        yield {
            "clinic": clinic,
            "visits": (there.visits, own.visits),
            "seconds": [
                (in_words(at.language, what), _whole(there.seconds.get(what)), _whole(own.seconds.get(what)))
                for what in report.stretches
                if what in {*there.seconds, *own.seconds}
            ],
        }


def _whole(seconds: float | None) -> int | str:
    return "–" if seconds is None else round(seconds)
