"""Taking a number, and the holder's own actions."""

from __future__ import annotations

from datetime import date, datetime

from fastapi import APIRouter, Depends
from starlette.requests import Request as HttpRequest

from queue_service.domain.actions import Cancel, CheckIn, GiveFeedback, HolderAction, Issue, StepAway
from queue_service.domain.errors import NotFound
from queue_service.domain.floors import Floor
from queue_service.journal import Request
from queue_service.tokens import TicketName
from queue_service.web.house import House, TheHouse, house_of
from queue_service.web.idempotency import Idempotent
from queue_service.web.limits import NUMBERS, address_of
from queue_service.web.problems import problems
from queue_service.web.shapes import FeedbackBody, IssueBody, IssuedTicket, Json, TicketShape
from queue_service.web.views import issued_answer, ticket_view

router = APIRouter(tags=["public"])

VISITOR = "visitor"


async def limit_issues(request: HttpRequest) -> None:
    house_of(request).limits.check(NUMBERS, "issue", address_of(request))


IssueLimit = Depends(limit_issues)


@router.post(
    "/branches/{branch}/tickets",
    status_code=201,
    response_model=IssuedTicket,
    responses=problems(404, 409, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def issue(branch: str, body: IssueBody, house: TheHouse, request: Idempotent) -> Json:
    return await issue_ticket(house, branch, Issue(body.queue, body.ticket_class), VISITOR, request)


async def issue_ticket(house: House, branch: str, action: Issue, by: str, request: Request | None) -> Json:
    """Also for the pages, which take numbers without JavaScript."""
    answer = await house.desk.act(branch, action, by, request=request, answer=issued_answer)
    token = house.tokens.token_of(TicketName(branch, date.fromisoformat(answer["day"]), answer["label"]))
    return {**answer, "token": token, "url": f"/t/{token}"}


@router.get("/tickets/{token}", response_model=TicketShape, responses=problems(404, 503))
async def read(token: str, house: TheHouse) -> Json:
    name = named_by(house, token)
    floor = await house.floors.get((name.branch, name.day), name.label)
    return ticket_view(floor, name.label, house.floors.clock())


@router.post("/tickets/{token}/cancel", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def cancel(token: str, house: TheHouse, request: Idempotent) -> Json:
    return await act_for_holder(house, token, Cancel(named_by(house, token).label), request)


@router.post("/tickets/{token}/step-away", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def step_away(token: str, house: TheHouse, request: Idempotent) -> Json:
    return await act_for_holder(house, token, StepAway(named_by(house, token).label), request)


@router.post("/tickets/{token}/check-in", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def check_in(token: str, house: TheHouse, request: Idempotent) -> Json:
    return await act_for_holder(house, token, CheckIn(named_by(house, token).label), request)


@router.post("/tickets/{token}/feedback", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def give_feedback(token: str, body: FeedbackBody, house: TheHouse, request: Idempotent) -> Json:
    return await act_for_holder(house, token, GiveFeedback(named_by(house, token).label, body.score), request)


def named_by(house: House, token: str) -> TicketName:
    """Raises NotFound for whatever is no token of ours."""
    name = house.tokens.read(token)
    if name is None:
        raise NotFound("There is no such ticket.")
    return name


async def act_for_holder(house: House, token: str, action: HolderAction, request: Request | None) -> Json:
    name = named_by(house, token)

    def view(floor: Floor, events: object, now: datetime) -> Json:
        return ticket_view(floor, name.label, now)

    return await house.desk.act(name.branch, action, VISITOR, day=name.day, request=request, answer=view)
