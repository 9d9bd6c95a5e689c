"""Requests for visits: made by anybody, followed by whoever asked, and seen to by the office."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request as HttpRequest

from queue_service.domain.errors import NotFound
from queue_service.domain.requesting import (
    AnswerInfo,
    AskInfo,
    ChangeContact,
    ChooseDates,
    Decline,
    PreCheck,
    RequestAction,
)
from queue_service.domain.requests import OutreachRequest, State
from queue_service.records.outreach import Asked, Contact
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.requests import LISTED
from queue_service.records.roles import Right
from queue_service.web.api.tickets import IssueLimit
from queue_service.web.errands import Errand, VisitorsErrand, errand_with
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of
from queue_service.web.problems import problems
from queue_service.web.request_shapes import (
    AnswerBody,
    CheckBody,
    DatesBody,
    MergeBody,
    NewContactBody,
    NewRequestShape,
    QuestionBody,
    ReasonBody,
    RegionShape,
    RequestBody,
    RequestList,
    RequestShape,
)
from queue_service.web.requests import (
    PersonGiven,
    RequestGiven,
    answered,
    changed_contact,
    contact_of,
    floors_of,
    new_request,
    receive,
    request_by,
    request_object,
    token_of,
    withdraw,
)
from queue_service.web.shapes import Json
from queue_service.web.staff import find_staff, member_with

router = APIRouter(prefix="/api/v1", tags=["requests"])

AT = "/branches/{branch}/requests"
OF_HOLDER, OF_STAFF = problems(404, 409, 422, 503), problems(401, 403, 404, 409, 422, 503)

Reader = Depends(member_with(Right.READ_REQUESTS))
Entering = Annotated[Errand, Depends(errand_with(Right.ENTER_REQUESTS))]
Deciding = Annotated[Errand, Depends(errand_with(Right.DECIDE_REQUESTS))]


@router.get("/regions/{regency}", response_model=RegionShape, responses=problems(404))
async def show_region(regency: str, house: TheHouse) -> Json:
    """The villages of a regency, with their codes."""
    known = house.regions.regency(regency)
    villages = [{**asdict(one), "district": one.district} for one in known.villages]
    return {"code": known.code, "name": known.name, "villages": villages}


@router.post(
    AT,
    status_code=201,
    response_model=NewRequestShape,
    responses=problems(401, 404, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def ask(branch: str, body: RequestBody, errand: VisitorsErrand, http: HttpRequest) -> Json:
    """Anybody may. With a key that has `requests:write` it counts as entered by whose key it is."""
    house, office = errand.house, errand.house.branches.get(branch)
    staff = await find_staff(http)
    is_entered = staff is not None and staff.may(Right.ENTER_REQUESTS, branch)
    new = new_request(house, office, _given(body), "api")
    told = body.model_dump(mode="json")
    (request,) = await receive(house, [new], str(staff) if is_entered else errand.by, errand.request, told)
    token = token_of(house, request)
    return {**await _object(house, request, http), "token": token, "url": f"/r/{token}"}


def _given(body: RequestBody) -> RequestGiven:
    people = [
        PersonGiven(one.name, one.service, [need.value for need in one.needs], one.birth_year, one.nik)
        for one in body.people
    ]
    contact = body.contact.model_dump()
    return RequestGiven(body.asker.value, body.village, people, contact, body.consent, body.first, body.last)


async def _object(house: House, request: OutreachRequest, http: HttpRequest) -> Json:
    return request_object(house, request, await floors_of(house, request), language_of(http))


@router.get("/requests/{token}", response_model=RequestShape, responses=problems(404, 503))
async def read_own(token: str, house: TheHouse, http: HttpRequest) -> Json:
    return await _object(house, await request_by(house, token), http)


@router.post("/requests/{token}/withdraw", response_model=RequestShape, responses=OF_HOLDER)
async def withdraw_own(token: str, errand: VisitorsErrand, http: HttpRequest) -> Json:
    request = await withdraw(errand.house, await request_by(errand.house, token), errand.by)
    return await _object(errand.house, request, http)


@router.post("/requests/{token}/contact", response_model=RequestShape, responses=OF_HOLDER)
async def change_own_contact(token: str, body: NewContactBody, errand: VisitorsErrand, http: HttpRequest) -> Json:
    request = await request_by(errand.house, token)
    contact = changed_contact(await contact_of(errand.house, request), body.name, body.phone)
    return await _act(errand, request, ChangeContact(), http, contact)


@router.post("/requests/{token}/dates", response_model=RequestShape, responses=OF_HOLDER)
async def choose_own_dates(token: str, body: DatesBody, errand: VisitorsErrand, http: HttpRequest) -> Json:
    request = await request_by(errand.house, token)
    today = errand.house.branches.get(request.office).day_of(errand.house.floors.clock())
    return await _act(errand, request, ChooseDates(body.first, body.last, today), http)


@router.post("/requests/{token}/answer", response_model=RequestShape, responses=OF_HOLDER)
async def answer_own(token: str, body: AnswerBody, errand: VisitorsErrand, http: HttpRequest) -> Json:
    request = await request_by(errand.house, token)
    contact = answered(await contact_of(errand.house, request), body.answer)
    return await _act(errand, request, AnswerInfo(), http, contact)


async def _act(
    errand: Errand, request: OutreachRequest, action: RequestAction, http: HttpRequest, contact: Contact | None = None
) -> Json:
    house = errand.house
    changed = await house.requests.act(request.id, action, errand.by, house.floors.clock(), contact)
    return await _object(house, changed, http)


@router.get(AT, response_model=RequestList, responses=problems(401, 403, 404, 422, 503), dependencies=[Reader])
async def list_requests(
    branch: str,
    house: TheHouse,
    http: HttpRequest,
    state: Annotated[list[State] | None, Query()] = None,
    after: Annotated[str, Query(max_length=16)] = "",
) -> Json:
    """Those promised first come first; at most 100 at a time."""
    outreach_of(house.branches.get(branch))
    asked = Asked(branch, [one.value for one in state or ()], after=after, limit=LISTED + 1)
    found = await house.requests.listed(asked)
    page = found[:LISTED]
    return {
        "requests": [await _object(house, one, http) for one in page],
        "next": page[-1].id if len(found) > LISTED else None,
    }


@router.get(
    f"{AT}/{{request}}", response_model=RequestShape, responses=problems(401, 403, 404, 503), dependencies=[Reader]
)
async def read(branch: str, request: str, house: TheHouse, http: HttpRequest) -> Json:
    return await _object(house, await request_at(house, branch, request), http)


@router.post(f"{AT}/{{request}}/check", response_model=RequestShape, responses=OF_STAFF)
async def note_check(branch: str, request: str, body: CheckBody, errand: Entering, http: HttpRequest) -> Json:
    return await _decide(errand, branch, request, PreCheck(body.person, body.check), http)


@router.post(f"{AT}/{{request}}/question", response_model=RequestShape, responses=OF_STAFF)
async def ask_back(branch: str, request: str, body: QuestionBody, errand: Deciding, http: HttpRequest) -> Json:
    return await _decide(errand, branch, request, AskInfo(body.question), http)


@router.post(f"{AT}/{{request}}/decline", response_model=RequestShape, responses=OF_STAFF)
async def decline(branch: str, request: str, body: ReasonBody, errand: Deciding, http: HttpRequest) -> Json:
    return await _decide(errand, branch, request, Decline(body.reason), http)


@router.post(f"{AT}/{{request}}/merge", response_model=RequestShape, responses=OF_STAFF)
async def merge(branch: str, request: str, body: MergeBody, errand: Deciding, http: HttpRequest) -> Json:
    """The answer is the request that it was merged into."""
    house = errand.house
    one, other = await request_at(house, branch, request), await request_at(house, branch, body.into)
    whole = await house.requests.merge(one.id, other.id, errand.by, house.floors.clock())
    return await _object(house, whole, http)


async def _decide(errand: Errand, branch: str, request: str, action: RequestAction, http: HttpRequest) -> Json:
    return await _act(errand, await request_at(errand.house, branch, request), action, http)


async def request_at(house: House, branch: str, id_: str) -> OutreachRequest:
    """Raises NotFound also for one of another office: who may see that one is another question."""
    request = await house.requests.get(id_)
    if request.office != branch:
        raise NotFound("There is no request {request}.", request=id_)
    return request
