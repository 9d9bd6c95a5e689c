"""Requests for visits, for the office: the list, one of them, and entering one for who wrote or called."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.nik import last_four
from queue_service.domain.requesting import AskInfo, ChangeContact, Decline, PreCheck
from queue_service.domain.requests import Check, OutreachRequest, Person, possible_steps
from queue_service.domain.trips import Result
from queue_service.domain.visits import Stage, results_of, stage_of
from queue_service.records.audit import Deed, note
from queue_service.records.outreach import CONTACT, Asked, Known
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.requests import LISTED
from queue_service.records.people.people import REVEALED, checked_reason
from queue_service.records.roles import Right
from queue_service.web.api.requests import request_at
from queue_service.web.languages import N_, long_date
from queue_service.web.pages.forms import once
from queue_service.web.pages.mistakes import PageRoute, said
from queue_service.web.pages.office.offices import choose_office, office_of
from queue_service.web.pages.office.visits import Visit, visit
from queue_service.web.pages.outreach import tomorrow_of
from queue_service.web.pages.request_forms import form_of, given_in
from queue_service.web.pages.request_words import ASKERS, CHECKS, NEEDS, RESULTS, STAGES, worded
from queue_service.web.problems import status_of
from queue_service.web.requests import (
    changed_contact,
    contact_of,
    days_left,
    floors_of,
    new_request,
    receive,
    service_name,
    token_of,
    village_of,
    withdraw,
)

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROOT = "/office/outreach"
OPENED = "request.opened"

Json = dict[str, Any]
Do = Callable[[Visit, OutreachRequest], Coroutine[Any, Any, object]]


@router.get(ROOT)
async def choose(request: Request) -> Response:
    return await choose_office(request, ROOT, N_("Visits asked for"))


@router.get(f"{ROOT}/{{branch}}")
async def list_requests(branch: str, request: Request) -> Response:
    at = await visit(request, Right.READ_REQUESTS)
    office = office_of(at, branch, Right.READ_REQUESTS)
    query = request.query_params
    districts = at.house.regions.districts_of(outreach_of(office).regency)
    district = next((one.code for one in districts if one.code == query.get("district")), "")
    state = next((one.value for one in Stage if one.value == query.get("state")), "")
    asked = Asked(branch, [state] if state else [], [district] if district else [], query.get("after", ""), LISTED + 1)
    found = await at.house.requests.listed(asked)
    counts = await at.house.requests.counts(branch)
    return at.page(
        "requests.html",
        branch={"id": branch, "name": office.name.in_language(at.language)},
        rows=[await _row(at, office, one) for one in found[:LISTED]],
        more=found[LISTED - 1].id if len(found) > LISTED else "",
        states=[(one.value, at.say(STAGES[one][0]), counts[one.value]) for one in Stage if counts.get(one.value)],
        districts=districts,
        state=state,
        district=district,
        may_enter=at.may(Right.ENTER_REQUESTS, branch),
    )


async def _row(at: Visit, office: Branch, request: OutreachRequest) -> Json:
    village = at.house.regions.find(request.village)
    stage = stage_of(request, await floors_of(at.house, request))
    left = days_left(request, office, at.house.floors.clock())
    return {
        "id": request.id,
        "village": village.full_name if village else request.village,
        "asker": at.say(ASKERS[request.kind]),
        "people": len(request.people),
        "stage": at.say(STAGES[stage][0]),
        "promised": long_date(at.language, request.promised_by),
        "is_late": request.is_open and bool(request.waiting) and left < 0,
    }


@router.get(f"{ROOT}/{{branch}}/new")
async def start(branch: str, request: Request) -> Response:
    at = await visit(request, Right.ENTER_REQUESTS)
    office, query = office_of(at, branch, Right.ENTER_REQUESTS), request.query_params
    if code := query.get("village"):
        return _form_page(at, office, code)
    regency, typed = outreach_of(office).regency, query.get("name", "").strip()[:80]
    found = at.house.regions.search(regency, typed) if typed else []
    if len(found) == 1:
        return _form_page(at, office, found[0].code)
    return at.page(
        "request_place.html",
        branch={"id": branch, "name": office.name.in_language(at.language)},
        typed=typed,
        found=found,
        villages=[village.full_name for village in at.house.regions.villages_of(regency)],
    )


@router.post(f"{ROOT}/{{branch}}/new")
async def enter(branch: str, request: Request) -> Response:
    at = await visit(request, Right.ENTER_REQUESTS)
    office = office_of(at, branch, Right.ENTER_REQUESTS)
    if "more" in at.sent:
        return _form_page(at, office, at.first("village"))
    try:
        given = given_in(at.sent, at.first("village"))
        new = new_request(at.house, office, given, "staff")
        key = once(request, {"key": at.first("key")})
        (made,) = await receive(at.house, [new], str(at.staff), key, given)
    except NotFound:
        raise
    except Refusal as refusal:
        return _form_page(at, office, at.first("village"), status_of(refusal), said(request, refusal, office))
    return RedirectResponse(f"{ROOT}/{branch}/{made.id}?done=entered", 303)


def _form_page(at: Visit, office: Branch, code: str, status: int = 200, problem: str = "") -> Response:
    village = village_of(at.house, office, code)
    return at.page(
        "request_form.html",
        status,
        branch={"id": office.id, "name": office.name.in_language(at.language)},
        form=form_of(at.house, office, village, at.sent, at.language),
        problem=problem,
        tomorrow=tomorrow_of(office, at.house.floors.clock()),
    )


@router.get(f"{ROOT}/{{branch}}/{{request_id}}")
async def show(branch: str, request_id: str, request: Request) -> Response:
    at = await visit(request, Right.READ_REQUESTS)
    office_of(at, branch, Right.READ_REQUESTS)
    asked = await request_at(at.house, branch, request_id)
    deed = Deed(str(at.staff), OPENED, asked.id, branch)
    await at.house.database.write(lambda connection: note(connection, deed, at.house.floors.clock()))
    return await _request_page(at, asked)


@router.post(f"{ROOT}/{{branch}}/{{request_id}}/{{step}}")
async def act(branch: str, request_id: str, step: str, request: Request) -> Response:
    at = await visit(request, Right.ENTER_REQUESTS)
    if step not in _STEPS:
        raise NotFound("There is no such request.")
    right, work = _STEPS[step]
    office_of(at, branch, right)
    asked = await request_at(at.house, branch, request_id)
    try:
        revealed = await work(at, asked)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _request_page(at, asked, status_of(refusal), problem=said(request, refusal))
    if isinstance(revealed, str):
        return await _request_page(at, asked, revealed=(at.first("person"), revealed))
    return RedirectResponse(f"{ROOT}/{branch}/{request_id}?done={step}", 303)


async def _check(at: Visit, request: OutreachRequest) -> object:
    """All that was chosen; what is as before is no step."""
    now = at.house.floors.clock()
    for person in request.people:
        chosen = at.first(f"check{person.id}")
        if chosen and chosen not in set(Check):
            raise Invalid("check: “{check}” is not known here.", check=chosen[:20])
        if chosen and Check(chosen) is not person.check:
            await at.house.requests.act(request.id, PreCheck(person.id, Check(chosen)), str(at.staff), now)
    return None


async def _ask_back(at: Visit, request: OutreachRequest) -> object:
    return await at.house.requests.act(request.id, AskInfo(at.first("question")), *_by(at))


async def _decline(at: Visit, request: OutreachRequest) -> object:
    return await at.house.requests.act(request.id, Decline(at.first("reason")), *_by(at))


async def _merge(at: Visit, request: OutreachRequest) -> object:
    other = await request_at(at.house, request.office, at.first("into").upper())
    return await at.house.requests.merge(request.id, other.id, *_by(at))


async def _withdraw(at: Visit, request: OutreachRequest) -> object:
    """For those who called."""
    return await withdraw(at.house, request, str(at.staff))


async def _change_contact(at: Visit, request: OutreachRequest) -> object:
    contact = changed_contact(await contact_of(at.house, request), at.first("name"), at.first("phone"))
    return await at.house.requests.act(request.id, ChangeContact(), *_by(at), contact)


async def _reveal(at: Visit, request: OutreachRequest) -> object:
    """The whole NIK, and a note of it in the audit trail."""
    reason, person = checked_reason(at.first("reason")), at.first("person")
    known = (await at.house.requests.people_of(request.id)).get(person)
    if known is None or not known.values.get("nik"):
        raise Invalid("Nothing is kept of who has {label}.", label=person)
    deed = Deed(str(at.staff), REVEALED, known.id, request.office, {"field": "nik", "reason": reason})
    await at.house.database.write(lambda connection: note(connection, deed, at.house.floors.clock()))
    return known.values["nik"]


def _by(at: Visit) -> tuple[str, Any]:
    return str(at.staff), at.house.floors.clock()


_STEPS: Mapping[str, tuple[Right, Do]] = {
    "check": (Right.ENTER_REQUESTS, _check),
    "contact": (Right.ENTER_REQUESTS, _change_contact),
    "withdraw": (Right.ENTER_REQUESTS, _withdraw),
    "question": (Right.DECIDE_REQUESTS, _ask_back),
    "decline": (Right.DECIDE_REQUESTS, _decline),
    "merge": (Right.DECIDE_REQUESTS, _merge),
    "reveal": (Right.REVEAL_PEOPLE, _reveal),
}
_DONE = frozenset({"entered", *_STEPS})


async def _request_page(
    at: Visit, asked: OutreachRequest, status: int = 200, problem: str = "", revealed: tuple[str, str] | None = None
) -> Response:
    house, language = at.house, at.language
    office, floors = house.branches.get(asked.office), await floors_of(house, asked)
    known, results = await house.requests.people_of(asked.id), results_of(asked, floors)
    stage, village = stage_of(asked, floors), house.regions.find(asked.village)
    steps = {step.value for step in possible_steps(asked)}
    may = {name for name, (right, _) in _STEPS.items() if at.may(right, asked.office)}
    return at.page(
        "request.html",
        status,
        branch={"id": office.id, "name": office.name.in_language(language)},
        asked=asked,
        village=village.full_name if village else asked.village,
        asker=at.say(ASKERS[asked.kind]),
        stage=at.say(STAGES[stage][0]),
        received=office.local(asked.received),
        promised=long_date(language, asked.promised_by),
        dates=asked.dates,
        is_late=asked.is_open and bool(asked.waiting) and days_left(asked, office, house.floors.clock()) < 0,
        contact=known[CONTACT].contact if CONTACT in known else None,
        people=[_person(at, office, one, known.get(one.id), results.get(one.id)) for one in asked.people],
        visits=[_visit(at, visit_.branch, visit_.day, len(visit_.labels)) for visit_ in asked.visits],
        checks=worded(language, CHECKS),
        results=worded(language, RESULTS),
        link=f"/r/{token_of(house, asked)}",
        steps=steps,
        may=may,
        problem=problem,
        revealed=revealed,
        done=at.request.query_params.get("done", "") in _DONE and not problem,
    )


def _person(at: Visit, office: Branch, person: Person, row: Known | None, result: Result | None) -> Json:
    values = row.values if row else {}
    return {
        "id": person.id,
        "name": values.get("name", ""),
        "nik": f"…{last_four(values['nik'])}" if values.get("nik") else "",
        "year": person.birth_year or "",
        "service": service_name(office, person.service, at.language),
        "needs": [at.say(NEEDS[need]) for need in person.needs],
        "check": person.check.value,
        "result": result,
    }


def _visit(at: Visit, branch: str, day: date, people: int) -> Json:
    team = at.house.branches.all.get(branch)
    return {
        "team": team.name.in_language(at.language) if team else branch,
        "trip": f"{branch}/{day}",
        "day": long_date(at.language, day),
        "people": people,
    }
