"""A list of people in villages, sent to the office as CSV or XLSX."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound, Refusal
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.lists import MAYBE, NEEDED
from queue_service.records.outreach.sheets import MOST_ROWS
from queue_service.records.outreach.taking import Choice, Taken, take_list
from queue_service.records.roles import Right
from queue_service.web.languages import sentence
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.offices import office_of
from queue_service.web.pages.office.outreach import ROOT
from queue_service.web.pages.office.uploads import visit_with_file
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.pages.request_forms import services_of
from queue_service.web.problems import status_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get(f"{ROOT}/{{branch}}/import")
async def show(branch: str, request: Request) -> Response:
    at = await visit(request, Right.ENTER_REQUESTS)
    return _page(at, office_of(at, branch, Right.ENTER_REQUESTS))


@router.post(f"{ROOT}/{{branch}}/import")
async def take(branch: str, request: Request) -> Response:
    at, content = await visit_with_file(request, Right.ENTER_REQUESTS, "list")
    office = office_of(at, branch, Right.ENTER_REQUESTS)
    choice = Choice(at.first("service"), at.first("consent") == "yes", at.first("keep") == "good")
    try:
        house, by = at.house, (str(at.staff), at.house.floors.clock())
        taken = await take_list(house.requests, house.regions, office, content, choice, by)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(at, office, status_of(refusal), problem=said(at.request, refusal, office))
    status = 201 if taken.requests else 422
    return _page(at, office, status, taken)


def _page(at: Visit, office: Branch, status: int = 200, taken: Taken | None = None, problem: str = "") -> Response:
    return at.page(
        "request_list.html",
        status,
        branch={"id": office.id, "name": office.name.in_language(at.language)},
        needed=NEEDED,
        maybe=MAYBE,
        most_rows=MOST_ROWS,
        services=services_of(outreach_of(office), at.language),
        sent={name: at.first(name) for name in ("service", "consent", "keep")},
        problem=problem,
        taken=taken,
        bad=[
            (bad.row, [sentence(at.language, fault.sentence, **fault.fields) for fault in bad.faults])
            for bad in (taken.bad if taken else ())
        ],
        ids=[one.id for one in taken.requests] if taken else [],
    )
