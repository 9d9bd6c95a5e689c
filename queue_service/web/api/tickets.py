"""Taking a number, and the holder's own actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from fastapi import APIRouter, Depends
from starlette.requests import Request as HttpRequest

from queue_service.domain.actions import Cancel, CheckIn, GiveFeedback, HolderAction, Issue, StepAway
from queue_service.domain.errors import NotFound
from queue_service.domain.floors import Floor
from queue_service.tokens import TicketName
from queue_service.web.errands import Errand, VisitorsErrand
from queue_service.web.errors import NumberGone
from queue_service.web.house import House, TheHouse, house_of
from queue_service.web.limits import NUMBERS
from queue_service.web.problems import problems
from queue_service.web.proxies import address_of
from queue_service.web.shapes import FeedbackBody, IssueBody, IssuedTicket, Json, TicketShape
from queue_service.web.views import issued_answer, ticket_view

router = APIRouter(prefix="/api/v1", tags=["public"])


async def limit_issues(request: HttpRequest) -> None:
    await house_of(request).limits.check(NUMBERS, "issue", address_of(request))


IssueLimit = Depends(limit_issues)


@router.post(
    "/branches/{branch}/tickets",
    status_code=201,
    response_model=IssuedTicket,
    responses=problems(404, 409, 422, 429, 503),
    dependencies=[IssueLimit],
)
async def issue(branch: str, body: IssueBody, errand: VisitorsErrand) -> Json:
    return await issue_ticket(errand, branch, Issue(body.queue, body.ticket_class))


async def issue_ticket(errand: Errand, branch: str, action: Issue) -> Json:
    """Also for the pages, which take numbers without JavaScript."""
    answer = await errand.act(branch, action, issued_answer)
    token = errand.house.tokens.token_of(TicketName(branch, date.fromisoformat(answer["day"]), answer["label"]))
    return {**answer, "token": token, "url": f"/t/{token}"}


@router.get("/tickets/{token}", response_model=TicketShape, responses=problems(404, 503))
async def read(token: str, house: TheHouse) -> Json:
    name, floor = await held_by(house, token)
    return ticket_view(floor, name.label, house.floors.clock())


@router.post("/tickets/{token}/cancel", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def cancel(token: str, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, Cancel)


@router.post("/tickets/{token}/step-away", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def step_away(token: str, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, StepAway)


@router.post("/tickets/{token}/check-in", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def check_in(token: str, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, CheckIn)


@router.post("/tickets/{token}/feedback", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def give_feedback(token: str, body: FeedbackBody, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, lambda label: GiveFeedback(label, body.score))


async def held_by(house: House, token: str) -> tuple[TicketName, Floor]:
    """Which ticket this is the token of, and its floor. Raises NotFound for whatever is no token of ours."""
    name = house.tokens.read(token)
    if name is None:
        raise NotFound("There is no such ticket.")
    floor = await house.floors.get((name.branch, name.day), name.label)
    if name.label not in floor.tickets:
        raise NumberGone(
            "Number {label} is no longer known here. Please show it at a counter.", label=name.label, branch=name.branch
        )
    return name, floor


async def act_for_holder(errand: Errand, token: str, make_action: Callable[[str], HolderAction]) -> Json:
    name, _ = await held_by(errand.house, token)

    def view(floor: Floor, events: object, now: datetime) -> Json:
        return ticket_view(floor, name.label, now)

    return await errand.act(name.branch, make_action(name.label), view, name.day)
