"""What clerks do to tickets that are at no counter: another class, or an emergency put in before all."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from queue_service.domain.actions import Reclassify
from queue_service.domain.floors import Floor
from queue_service.web.api.tickets import issue_of, issue_ticket
from queue_service.web.bodies import CorrectionBody, IssueBody
from queue_service.web.errands import CorrectionsErrand
from queue_service.web.problems import problems
from queue_service.web.shapes import IssuedTicket, Json, PlaceNow

router = APIRouter(prefix="/api/v1", tags=["counters"], responses=problems(401, 403, 404, 409, 422, 503))


@router.post("/branches/{branch}/labels/{label}/class", response_model=PlaceNow)
async def correct_class(branch: str, label: str, body: CorrectionBody, errand: CorrectionsErrand) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        ticket = floor.ticket(label)
        due = floor.branch.local(ticket.due).isoformat(timespec="milliseconds")
        ahead = floor.ahead_of(ticket)
        return {"label": label, "queue": ticket.queue, "class": ticket.ticket_class, "due_at": due, "ahead": ahead}

    return await errand.act(branch, Reclassify(label, body.ticket_class, body.reason), view)


@router.post("/branches/{branch}/urgent-tickets", status_code=201, response_model=IssuedTicket)
async def insert(branch: str, body: IssueBody, errand: CorrectionsErrand) -> Json:
    return await issue_ticket(errand, branch, issue_of(body, is_urgent=True))
