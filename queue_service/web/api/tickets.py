"""Taking a number, and the holder's own actions."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Depends
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from queue_service.domain.actions import Cancel, CheckIn, GiveFeedback, Issue, Move, StepAway
from queue_service.domain.asking import Field
from queue_service.domain.errors import Invalid
from queue_service.domain.nik import Doubt, read_nik
from queue_service.records.people.given import NOTHING, Given
from queue_service.tokens import TicketName
from queue_service.web.answers import answer
from queue_service.web.bodies import FeedbackBody, IssueBody, MoveBody, PostponeBody, VisitorBody, VisitorsIssueBody
from queue_service.web.errands import Errand, VisitorsErrand
from queue_service.web.holders import act_for_holder, held_by
from queue_service.web.house import TheHouse, house_of
from queue_service.web.limits import NUMBERS
from queue_service.web.postponing import postpone_ticket
from queue_service.web.problems import problems
from queue_service.web.proxies import address_of
from queue_service.web.shapes import IssuedTicket, Json, TicketShape
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
async def issue(branch: str, body: VisitorsIssueBody, errand: VisitorsErrand) -> Response:
    given = given_by(body.visitor)
    issued = await issue_ticket(errand, branch, issue_of(body), given)
    return answer({**issued, "doubts": doubts_about(given)}, 201)


def issue_of(body: IssueBody, is_urgent: bool = False) -> Issue:
    if (body.queue is None) == (body.journey is None):
        raise Invalid("queue: expected a queue or a journey, and not both.")
    return Issue(body.queue or "", body.ticket_class, body.journey or "", is_urgent)


async def issue_ticket(errand: Errand, branch: str, action: Issue, given: Given = NOTHING) -> Json:
    """Also for the pages, which take numbers without JavaScript. Nobody is asked who they are in an emergency."""
    beside = None
    if not action.is_urgent:
        known = (await errand.house.floors.get_today(branch)).branch  # of a team, with the stops of the day
        first = known.journey(action.journey).stages[0][0] if action.journey else action.queue
        beside = errand.house.identities.beside(known, known.queue(first), given, errand.by)
    if beside is not None:
        errand = errand.about_somebody()
    issued = await errand.act(branch, action, issued_answer, beside=beside)
    token = errand.house.tokens.token_of(TicketName(branch, date.fromisoformat(issued["day"]), issued["label"]))
    return {**issued, "token": token, "url": f"/t/{token}"}


def given_by(visitor: VisitorBody | None) -> Given:
    if visitor is None:
        return NOTHING
    values = visitor.model_dump(exclude={"consent"}, exclude_none=True)
    return Given(values, visitor.consent)


def doubts_about(given: Given) -> list[Doubt]:
    """What its holder may want to look at again."""
    nik = read_nik(given.values.get(Field.NIK, ""))
    return [] if nik is None else list(nik.doubts)


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


@router.post("/tickets/{token}/move", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def move(token: str, body: MoveBody, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, lambda label: Move(label, body.queue))


@router.post("/tickets/{token}/postpone", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def postpone(token: str, body: PostponeBody, errand: VisitorsErrand) -> Json:
    return await postpone_ticket(errand, token, body.day)


@router.post("/tickets/{token}/feedback", response_model=TicketShape, responses=problems(404, 409, 422, 503))
async def give_feedback(token: str, body: FeedbackBody, errand: VisitorsErrand) -> Json:
    return await act_for_holder(errand, token, lambda label: GiveFeedback(label, body.score))
