"""What would come of another system's records, looked at before anything does: it is asked where connections are
served, tried on copies of our queues, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from queue_service.web.languages import N_, day_and_month
from queue_service.web.outside import in_words
from queue_service.web.pages.mistakes import PageRoute
from queue_service.web.pages.office import asked
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.previews import Previewed, has_preview

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

ROOT = "/office/connections/{connection}/preview"
_STEPS: Mapping[str, str] = {
    "issue": N_("gets number {label}"),
    "book": N_("gets an appointment, number {label}"),
    "reschedule": N_("the time of {label} changes"),
    "check_in": N_("{label} checks in"),
    "cancel": N_("{label} is cancelled"),
    "call": N_("{label} is called"),
    "serve": N_("{label} is being served"),
    "complete": N_("{label} is done here"),
    "progress": N_("the paper goes on"),
    "give back": N_("the time on the other day is free again"),
}
_ACTS: Mapping[str, str] = {
    "issue": N_("a number"),
    "book": N_("an appointment"),
    "check_in": N_("check-in"),
    "cancel": N_("cancelling"),
    "call": N_("a call"),
    "serve": N_("service begins"),
    "complete": N_("service ends"),
    "progress": N_("how far a paper is"),
    "ignore": N_("nothing"),
}
_GIVEN: Mapping[str, str] = {
    "name": N_("name"),
    "phone": N_("phone"),
    "nik": N_("NIK"),
    "card": N_("insurance card"),
    "record": N_("medical record"),
    "reference": N_("referral"),
}


@router.get(ROOT)
async def show(connection: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_SETUP)
    plan, today = await _previewed(at, connection)
    question = await asked.find(at.house, plan.id, today)
    branch = next(iter(at.house.branches.all.values()), None)
    rows = [_row(at, each) for each in _answered(question)]
    return at.page(
        "preview.html",
        connection=plan.id,
        system=plan.system,
        rows=rows,
        is_answered=question is not None and question.stage is Stage.ANSWERED,
        refused=sum(row["is_refused"] for row in rows),
        said=asked.said(at, question),
        asked_at=asked.moment(at, branch, question) if branch else "",
    )


@router.post(ROOT)
async def ask_them(connection: str, request: Request) -> Response:
    at = await visit(request, Right.CHANGE_SETUP)
    plan, today = await _previewed(at, connection)
    await asked.put(at.house, plan.id, today)
    return RedirectResponse(f"/office/connections/{plan.id}/preview", 303)


async def _previewed(at: Visit, connection: str) -> tuple[ConnectionPlan, date]:
    """And the day by which it is asked. Raises Forbidden, NotFound."""
    at.check(Right.CHANGE_SETUP, None)
    known = {each.plan.id: each.plan for each in await at.house.database.read(read_connections)}
    plan = known.get(connection)
    if plan is None or not has_preview(plan.system):
        raise NotFound("There is nothing at this address.")
    return plan, at.house.floors.clock().date()


def _answered(question: Question | None) -> list[Previewed]:
    if question is None or question.stage is not Stage.ANSWERED:
        return []
    return [Previewed(**each) for each in json.loads(question.told)]


def _row(at: Visit, one: Previewed) -> Json:
    branch = at.house.branches.all.get(one.branch)
    steps = [at.say(_STEPS[step], label=one.label) for step in one.done if step in _STEPS]
    said = at.say(one.said, **one.fields) if one.said else ""
    return {
        "id": one.id,
        "act": at.say(_ACTS[one.act]) if one.act in _ACTS else "",
        "where": _where(at, one, branch),
        "when": " ".join(filter(None, (_day(at, one.day), one.time.replace(":", "." if at.language == "id" else ":")))),
        "given": ", ".join(at.say(_GIVEN[name]) for name in one.given if name in _GIVEN),
        "steps": steps,
        "said": said if one.fields else in_words(at.language, said),
        "is_refused": one.is_refused,
    }


def _where(at: Visit, one: Previewed, branch: Branch | None) -> str:
    if branch is None:
        return ""
    names = [branch.name]
    names += [branch.queues[one.queue].name] if one.queue in branch.queues else []
    names += [branch.counters[one.counter].name] if one.counter in branch.counters else []
    return " · ".join(name.in_language(at.language) for name in names)


def _day(at: Visit, day: str) -> str:
    return day_and_month(at.language, date.fromisoformat(day)) if day else ""
