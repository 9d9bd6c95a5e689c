"""Asking the office to come, and following that: plain links and forms, no JavaScript needed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.events import to_ms
from queue_service.domain.requesting import AnswerInfo, ChangeContact, ChooseDates
from queue_service.domain.requests import OutreachRequest, Visit, possible_steps
from queue_service.domain.tickets import LIVE
from queue_service.domain.visits import Floors, Stage
from queue_service.records.outreach.given import outreach_of
from queue_service.regions import Village
from queue_service.web.api.tickets import IssueLimit
from queue_service.web.errands import VISITOR
from queue_service.web.fields import Lists, read_lists
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of, long_date, sentence
from queue_service.web.pages.coming_words import coming_words
from queue_service.web.pages.forms import once
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.request_forms import MOST_FIELDS, first, form_of, given_in, read_day, services_of
from queue_service.web.pages.request_words import CHECKS, RESULTS, STAGES, steps, worded
from queue_service.web.problems import status_of
from queue_service.web.requests import (
    answered,
    changed_contact,
    contact_of,
    days_left,
    floors_of,
    new_request,
    receive,
    request_by,
    request_object,
    token_of,
    village_of,
)
from queue_service.web.requests import withdraw as withdraw_request
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]
LOOK_AGAIN_MS = 300_000  # while nothing moves: a day comes nearer, and a promise

Do = Callable[[House, OutreachRequest, Lists], Coroutine[Any, Any, object]]


@router.get("/b/{branch}/outreach")
async def choose(branch: str, request: Request, house: TheHouse) -> Response:
    """First the place, since everything else depends on it; what to prepare is shown before anything is asked."""
    office = house.branches.get(branch)
    asked = request.query_params
    if code := asked.get("village"):
        return _form_page(request, house, office, village_of(house, office, code), {})
    return _place_page(request, house, office, asked)


@router.post("/b/{branch}/outreach", dependencies=[IssueLimit, Depends(check_own_page)])
async def ask(branch: str, request: Request, house: TheHouse) -> Response:
    office, sent = house.branches.get(branch), await read_lists(request, MOST_FIELDS)
    village = village_of(house, office, first(sent, "village"))
    if "more" in sent:
        return _form_page(request, house, office, village, sent)
    try:
        given = given_in(sent, village.code)
        new = new_request(house, office, given, "page")
        key = once(request, {"key": first(sent, "key")})
        (made,) = await receive(house, [new], VISITOR, key, given)
    except NotFound:
        raise
    except Refusal as refusal:
        problem = said(request, refusal, office)
        return _form_page(request, house, office, village, sent, status_of(refusal), problem)
    return RedirectResponse(f"/r/{token_of(house, made)}", 303)


def _place_page(request: Request, house: House, office: Branch, asked: Mapping[str, str]) -> Response:
    language, outreach = language_of(request), outreach_of(office)
    districts = house.regions.districts_of(outreach.regency)
    chosen = next((one for one in districts if one.code == asked.get("district")), None)
    typed = asked.get("name", "").strip()[:80]
    found = house.regions.search(outreach.regency, typed) if typed else []
    return page(
        request,
        "outreach_place.html",
        branch=branch_short(office, language),
        regency=house.regions.regency(outreach.regency).name,
        promise_days=outreach.promise_days,
        services=services_of(outreach, language),
        districts=districts,
        chosen=chosen,
        typed=typed,
        found=found,
        villages=[village.full_name for district in districts for village in district.villages],
    )


def _form_page(
    request: Request, house: House, office: Branch, village: Village, sent: Lists, status: int = 200, problem: str = ""
) -> Response:
    language = language_of(request)
    return page(
        request,
        "outreach_form.html",
        status,
        branch=branch_short(office, language),
        form=form_of(house, office, village, sent, language),
        address=f"/b/{office.id}/outreach",
        problem=problem,
        tomorrow=tomorrow_of(office, house.floors.clock()),
    )


def tomorrow_of(office: Branch, now: datetime) -> str:
    return date.fromordinal(office.day_of(now).toordinal() + 1).isoformat()


@router.get("/r/{token}")
async def show(token: str, request: Request, house: TheHouse) -> Response:
    return await _request_page(request, house, token)


@router.post("/r/{token}/{step}", dependencies=[Depends(check_own_page)])
async def act(token: str, step: str, request: Request, house: TheHouse) -> Response:
    if step not in _STEPS:
        raise NotFound("There is no such request.")
    asked, sent = await request_by(house, token), await read_lists(request, MOST_FIELDS)
    try:
        await _STEPS[step](house, asked, sent)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _request_page(request, house, token, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/r/{token}", 303)


async def _withdraw(house: House, request: OutreachRequest, sent: Lists) -> object:
    return await withdraw_request(house, request, VISITOR)


async def _change_contact(house: House, request: OutreachRequest, sent: Lists) -> object:
    contact = changed_contact(await contact_of(house, request), first(sent, "name"), first(sent, "phone"))
    return await house.requests.act(request.id, ChangeContact(), VISITOR, house.floors.clock(), contact)


async def _answer(house: House, request: OutreachRequest, sent: Lists) -> object:
    contact = answered(await contact_of(house, request), first(sent, "answer"))
    return await house.requests.act(request.id, AnswerInfo(), VISITOR, house.floors.clock(), contact)


async def _choose_dates(house: House, request: OutreachRequest, sent: Lists) -> object:
    begin, end = (read_day(first(sent, name)) for name in ("first", "last"))
    if begin is None:
        raise Invalid("dates: expected days to come, the first one first.")
    now = house.floors.clock()
    action = ChooseDates(begin, end or begin, house.branches.get(request.office).day_of(now))
    return await house.requests.act(request.id, action, VISITOR, now)


_STEPS: Mapping[str, Do] = {
    "withdraw": _withdraw,
    "contact": _change_contact,
    "answer": _answer,
    "dates": _choose_dates,
}


async def _request_page(request: Request, house: House, token: str, status: int = 200, problem: str = "") -> Response:
    asked, language, now = await request_by(house, token), language_of(request), house.floors.clock()
    office = house.branches.get(asked.office)
    whole = await house.requests.get(asked.merged_into) if asked.merged_into else asked
    floors = await floors_of(house, whole)
    shown = request_object(house, whole, floors, language)
    stage = Stage(shown["state"])
    may = {step.value for step in possible_steps(asked)}
    heading, meaning = (sentence(language, words) for words in STAGES[stage])
    response = page(
        request,
        "request.html",
        status,
        branch=branch_short(office, language),
        token=token,
        problem=problem,
        id=asked.id,
        whole=whole.id,
        shown=shown,
        heading=heading,
        meaning=meaning,
        steps=steps(language, stage),
        checks=worded(language, CHECKS),
        results=worded(language, RESULTS),
        promised=long_date(language, whole.promised_by),
        is_late=whole.is_open and not whole.visits and days_left(whole, office, now) < 0,
        dates=_dates(whole, language),
        is_elsewhen=stage is Stage.SCHEDULED and _is_elsewhen(whole),
        services=services_of(office.outreach, language, [one.service for one in whole.people])
        if office.outreach
        else [],
        visits=[
            _visit(told, _coming(floors, visit, now, language), language)
            for told, visit in zip(shown["visits"], whole.visits, strict=True)
        ],
        may=may,
        forms=" ".join(sorted(may)),
        tickets=list(_followed(shown["visits"], whole.visits, floors)),
        data={"address": f"/r/{token}", "slow": LOOK_AGAIN_MS, "at": to_ms(now)},
        is_open=whole.is_open,
        tomorrow=tomorrow_of(office, now),
        now=office.local(now),
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _followed(told: Sequence[Json], visits: Sequence[Visit], floors: Floors) -> Iterator[str]:
    """Of each visit the token of the first ticket that is not over: its stream says when to look again."""
    for shown, visit in zip(told, visits, strict=True):
        floor = floors.get((visit.branch, visit.day))
        known = {} if floor is None else floor.tickets
        live = (one for one in shown["tickets"] if one["label"] in known and known[one["label"]].status in LIVE)
        for ticket in islice(live, 1):
            yield ticket["url"].removeprefix("/t/")


def _dates(request: OutreachRequest, language: str) -> tuple[str, str] | None:
    if request.dates is None:
        return None
    return long_date(language, request.dates.first), long_date(language, request.dates.last)


def _is_elsewhen(request: OutreachRequest) -> bool:
    """Whether somebody's visit is on none of the days that were asked for."""
    dates = request.dates
    return dates is not None and any(not dates.first <= visit.day <= dates.last for visit in request.visits)


def _coming(floors: Floors, visit: Visit, now: datetime, language: str) -> str:
    floor = floors.get((visit.branch, visit.day))
    return "" if floor is None else coming_words(floor, visit.queue, now, language)


def _visit(visit: Json, coming: str, language: str) -> Json:
    """With when the team comes, as far as that is known, or else the day."""
    day = long_date(language, date.fromisoformat(visit["day"]))
    return {**visit, "coming": coming or day}
