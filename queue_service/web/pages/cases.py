"""How far a paper is: by its page, which only its owner has, or by its request number, which no address holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from queue_service.domain.cases import Case
from queue_service.domain.errors import NotFound, Refusal
from queue_service.web.cases import STAGE_WORDS, case_by_number, case_by_token, case_object, token_of
from queue_service.web.errors import TooMany
from queue_service.web.fields import read_form
from queue_service.web.holders import held_by
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import clock, language_of, long_date, sentence
from queue_service.web.limits import REQUEST_NUMBERS
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.ticket import paper_of, promised_words
from queue_service.web.problems import status_of
from queue_service.web.proxies import address_of
from queue_service.web.views import ticket_view

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]


@router.get("/case")
async def ask(request: Request) -> Response:
    return page(request, "case_number.html", problem="")


@router.post("/case", dependencies=[Depends(check_own_page)])
async def find(request: Request, house: TheHouse) -> Response:
    """Whoever tries numbers is soon told to wait, and hears of each wrong one the same."""
    form = await read_form(request)
    try:
        await house.limits.check(REQUEST_NUMBERS, "case", address_of(request))
        case = await case_by_number(house, form.get("number", ""))
    except (NotFound, TooMany) as refusal:
        return _refused(request, refusal)
    return RedirectResponse(f"/p/{token_of(house, case)}", 303)


def _refused(request: Request, refusal: Refusal) -> Response:
    return page(request, "case_number.html", status_of(refusal), problem=said(request, refusal))


@router.get("/p/{token}")
async def show(token: str, request: Request, house: TheHouse) -> Response:
    case = await case_by_token(house, token)
    language, now = language_of(request), house.floors.clock()
    branch = house.branches.all.get(case.branch)
    printed = page(
        request,
        "case.html",
        case=case_object(house, case, language, now),
        branch=branch.name.in_language(language) if branch else case.branch,
        steps=await _steps(house, case, language),
        due=_moment(house, case, language, case.due) if case.due else "",
        now=branch.local(now) if branch else now,
        token=token,
    )
    printed.headers["Cache-Control"] = "no-store"
    return printed


@router.get("/p/{token}/progress")
async def progress(token: str, house: TheHouse) -> Response:
    case = await case_by_token(house, token)
    return JSONResponse({"steps": case.steps}, headers={"Cache-Control": "no-store"})


@router.get("/t/{token}/progress")
async def progress_of_ticket(token: str, request: Request, house: TheHouse) -> Response:
    """What a number's page shows beside its place: what is promised, and the paper."""
    name, floor = await held_by(house, token)
    language, now = language_of(request), house.floors.clock()
    told = {
        "promised": promised_words(language, floor, ticket_view(floor, name.label, now), now),
        "paper": await paper_of(house, floor, name, language),
    }
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


async def _steps(house: House, case: Case, language: str) -> list[Json]:
    """The newest last; the words of a stage are those of the case itself."""
    return [
        {
            "words": sentence(language, STAGE_WORDS[step.stage]),
            "at": _moment(house, case, language, step.at),
            "reason": step.reason,
        }
        for step in await house.cases.steps_of(case.number)
    ]


def _moment(house: House, case: Case, language: str, moment: datetime) -> str:
    branch = house.branches.all.get(case.branch)
    local = branch.local(moment) if branch else moment
    return f"{long_date(language, local.date())}, {clock(language, local)}"
