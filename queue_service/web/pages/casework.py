"""Papers and their progress, for staff: what is due first, a stage set by hand, and an office's export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.cases import Case, Stage, read_number
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.records.cases.exports import COLUMNS
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.cases import (
    STAGE_WORDS,
    case_by_number,
    case_object,
    import_cases,
    import_object,
    open_by_hand,
    set_stage,
)
from queue_service.web.fields import Form, read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import clock, language_of, long_date, sentence
from queue_service.web.pages.codes import qr_of
from queue_service.web.pages.forms import new_key
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/cases/{branch}")
async def show(branch: str, request: Request, house: TheHouse, stage: str = "") -> Response:
    staff = await staff_with(Right.READ_CASES, request, branch)
    wanted = Stage(stage) if stage in set(Stage) else None
    return await _page(request, house, staff, branch, await house.cases.of_branch(branch, wanted), stage=wanted)


@router.post("/cases/{branch}", dependencies=[Depends(check_own_page)])
async def change(branch: str, request: Request, house: TheHouse) -> Response:
    """By POST, so that no address, and no log, holds a request number."""
    form = await read_form(request)
    looks = form.get("do") == "find"
    staff = await staff_with(Right.READ_CASES if looks else Right.CHANGE_CASES, request, branch)
    try:
        found, done = await _done(house, branch, form, str(staff))
    except Refusal as refusal:
        found, problem = await house.cases.of_branch(branch, None), said(request, refusal)
        return await _page(request, house, staff, branch, found, status=status_of(refusal), problem=problem)
    return await _page(request, house, staff, branch, found, done=done)


async def _done(house: House, branch: str, form: Form, by: str) -> tuple[list[Case], str]:
    """The cases to be shown then, and what was done with the one. Raises Invalid, NotFound, NotAllowed."""
    house.branches.get(branch)
    match form.get("do"):
        case "set":
            number, reason = form.get("number", ""), form.get("reason", "")
            stage = form.get("stage", "")
            case = await set_stage(house, branch, number, stage, reason if stage == Stage.PROBLEM else "", by)
            return [case], "set"
        case "open":
            return [await open_by_hand(house, branch, form.get("service", ""), by, form.get("key", ""))], "open"
        case "find":
            return await _found(house, branch, form.get("number", "")), ""
        case _:
            raise NotFound("There is nothing at this address.")


async def _found(house: House, branch: str, written: str) -> list[Case]:
    """By its request number, or by the ticket's that it began with."""
    if read_number(written[:60]) is None:
        found = await house.cases.of_branch(branch, None, written.strip().upper()[:16] or "-")
    else:
        case = await case_by_number(house, written)
        found = [case] if case.branch == branch else []
    if not found:
        raise NotFound("There is no such request number.")
    return found


@router.post("/cases/{branch}/import", dependencies=[Depends(check_own_page)])
async def take_export(branch: str, request: Request, house: TheHouse) -> Response:
    staff = await staff_with(Right.CHANGE_CASES, request, branch)
    form = await request.form(max_files=1, max_fields=20)
    file, keep_good = form.get("file"), form.get("keep_good") == "yes"
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("Choose a file first.")
        imported = await import_cases(house, branch, await file.read(), str(staff), keep_good)
    except Refusal as refusal:
        found, problem = await house.cases.of_branch(branch, None), said(request, refusal)
        return await _page(request, house, staff, branch, found, status=status_of(refusal), problem=problem)
    told = import_object(imported, language_of(request))
    found = await house.cases.of_branch(branch, None)
    return await _page(request, house, staff, branch, found, status=200 if told["done"] else 422, imported=told)


async def _page(
    request: Request,
    house: House,
    staff: Staff,
    branch: str,
    found: list[Case],
    *,
    status: int = 200,
    stage: Stage | None = None,
    problem: str = "",
    done: str = "",
    imported: Json | None = None,
) -> Response:
    plan, now, language = house.branches.get(branch), house.floors.clock(), language_of(request)
    counts = await house.cases.counts(branch)
    shown = [_shown(house, plan, case, language, now) for case in found]
    response = page(
        request,
        "cases.html",
        status,
        branch=branch_short(plan, language),
        cases=shown,
        stage=stage,
        stages=[(one.value, sentence(language, words), counts.get(one, 0)) for one, words in STAGE_WORDS.items()],
        services=[(j.id, j.name.in_language(language)) for j in plan.journeys.values() if j.progress],
        may_change=staff.may(Right.CHANGE_CASES, branch),
        columns="; ".join(COLUMNS),
        problem=problem,
        done=done,
        qr=qr_of(f"{public_url(request)}{shown[0]['url']}") if done == "open" else None,
        imported=imported,
        key=new_key(),
        csrf=csrf_of(request),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(house: House, plan: Branch, case: Case, language: str, now: datetime) -> Json:
    since, due = ("" if at is None else _words(plan, language, at) for at in (case.stage_at, case.due))
    return {**case_object(house, case, language, now), "label": case.label, "since": since, "due": due}


def _words(plan: Branch, language: str, moment: datetime) -> str:
    local = plan.local(moment)
    return f"{long_date(language, local.date())}, {clock(language, local)}"
