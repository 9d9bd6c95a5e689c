"""How far papers are: for whoever has a paper's page, and for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.cases import Stage
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.bodies import Body
from queue_service.web.cases import (
    CaseList,
    CaseShape,
    ImportShape,
    case_by_token,
    case_object,
    import_cases,
    import_object,
    open_by_hand,
    set_stage,
)
from queue_service.web.errands import CasesErrand
from queue_service.web.house import TheHouse
from queue_service.web.languages import language_of
from queue_service.web.problems import problems
from queue_service.web.shapes import Json
from queue_service.web.staff import member_with

router = APIRouter(prefix="/api/v1", tags=["cases"])

Reader = Annotated[Staff, Depends(member_with(Right.READ_CASES))]
OF_BRANCH = "/branches/{branch}/cases"


class OpenCaseBody(Body):
    """`service`: the id of a journey whose papers are followed."""

    service: str = Field(examples=["ktp-cetak"])


class CaseStageBody(Body):
    number: Annotated[str, Field(max_length=60)]
    stage: Stage
    reason: Annotated[str, Field(max_length=200)] = ""


@router.get("/cases/{token}", response_model=CaseShape, responses=problems(404, 503))
async def read(token: str, request: Request, house: TheHouse, response: Response) -> Json:
    response.headers["Cache-Control"] = "no-store"
    return case_object(house, await case_by_token(house, token), language_of(request), house.floors.clock())


@router.get(OF_BRANCH, response_model=CaseList, responses=problems(401, 403, 404, 422, 503))
async def list_(branch: str, request: Request, house: TheHouse, clerk: Reader, stage: Stage | None = None) -> Json:
    """At most 200: problems first, then what is due first. Without a stage, all that were not handed over."""
    house.branches.get(branch)
    language, now = language_of(request), house.floors.clock()
    return {"cases": [case_object(house, case, language, now) for case in await house.cases.of_branch(branch, stage)]}


@router.post(OF_BRANCH, status_code=201, response_model=CaseShape, responses=problems(401, 403, 404, 409, 422, 503))
async def open_(branch: str, body: OpenCaseBody, request: Request, errand: CasesErrand) -> Json:
    """For a paper that no number of ours began with."""
    key = f"{errand.request.key} {errand.request.fingerprint}" if errand.request else ""
    case = await open_by_hand(errand.house, branch, body.service, errand.by, key)
    return case_object(errand.house, case, language_of(request), errand.house.floors.clock())


@router.post(f"{OF_BRANCH}/stage", response_model=CaseShape, responses=problems(401, 403, 404, 422, 503))
async def set_(branch: str, body: CaseStageBody, request: Request, errand: CasesErrand) -> Json:
    errand.house.branches.get(branch)
    case = await set_stage(errand.house, branch, body.number, body.stage, body.reason, errand.by)
    return case_object(errand.house, case, language_of(request), errand.house.floors.clock())


@router.post(
    f"{OF_BRANCH}/import",
    response_model=ImportShape,
    responses=problems(401, 403, 404, 422, 503),
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def take(branch: str, request: Request, errand: CasesErrand, keep_good: bool = False) -> Json:
    """An export with the columns `request_no; service; stage; updated_at`. Where a row is bad, nothing is written;
    with `keep_good`, what is right is."""
    imported = await import_cases(errand.house, branch, await request.body(), errand.by, keep_good)
    return import_object(imported, language_of(request))
