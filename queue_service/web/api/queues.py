"""What supervisors do with whole queues, and words to those who wait."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter

from queue_service.domain.actions import Notify, SetQueue, Suspend
from queue_service.domain.errors import Invalid
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.domain.tickets import Status
from queue_service.domain.visiting import MOVABLE
from queue_service.web.bodies import NoticeBody, ResumeBody, SuspendBody
from queue_service.web.errands import Errand, NoticesErrand, SupervisorsErrand
from queue_service.web.languages import DEFAULT
from queue_service.web.problems import problems
from queue_service.web.shapes import Json, NoticeShape, QueueShape, SuspendedShape
from queue_service.web.views import queue_object

router = APIRouter(prefix="/api/v1", tags=["queues"], responses=problems(401, 403, 404, 409, 422, 503))

AT = "/branches/{branch}/queues/{queue}"


@router.post(f"{AT}/open", response_model=QueueShape)
async def open_queue(branch: str, queue: str, errand: SupervisorsErrand) -> Json:
    return await _set(errand, branch, SetQueue(queue, QueueState.OPEN))


@router.post(f"{AT}/pause", response_model=QueueShape)
async def pause(branch: str, queue: str, errand: SupervisorsErrand) -> Json:
    return await _set(errand, branch, SetQueue(queue, QueueState.PAUSED))


@router.post(f"{AT}/close", response_model=QueueShape)
async def close(branch: str, queue: str, errand: SupervisorsErrand) -> Json:
    return await _set(errand, branch, SetQueue(queue, QueueState.CLOSED))


@router.post(f"{AT}/suspend", response_model=SuspendedShape)
async def suspend(branch: str, queue: str, body: SuspendBody, errand: SupervisorsErrand) -> Json:
    until = None if body.until is None else _moment(body.until)
    return await errand.act(branch, Suspend(queue, until, body.text), partial(_suspended, queue), body.day)


@router.post(f"{AT}/resume", response_model=SuspendedShape)
async def resume(branch: str, queue: str, errand: SupervisorsErrand, body: ResumeBody | None = None) -> Json:
    day = None if body is None else body.day
    return await errand.act(branch, SetQueue(queue, QueueState.OPEN), partial(_suspended, queue), day)


def _suspended(queue: str, floor: Floor, events: object, now: datetime) -> Json:
    until = floor.suspended_until(queue, now)
    told = [
        ticket.label
        for ticket in floor.tickets.values()
        if ticket.queue == queue and ticket.status in (*MOVABLE, Status.CALLED)
    ]
    return {
        "queue": queue,
        "day": floor.day.isoformat(),
        "suspended_until": floor.branch.local(until).isoformat() if until else None,
        "told": len(told),
    }


def _moment(said: datetime) -> datetime:
    """To the millisecond. Raises Invalid."""
    if said.tzinfo is None:
        raise Invalid("until: expected a time with its offset, such as 2026-11-23T10:00:00+07:00.")
    try:
        until = said.astimezone(UTC)
    except OverflowError:
        raise Invalid("until: expected a moment that is still to come.") from None
    return until.replace(microsecond=until.microsecond // 1000 * 1000)


@router.post("/branches/{branch}/notices", status_code=201, response_model=NoticeShape)
async def give_notice(branch: str, body: NoticeBody, errand: NoticesErrand) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return {"text": body.text.strip(), "until": body.until.isoformat(), "queue": body.queue}

    return await errand.act(branch, Notify(body.text, _moment(body.until), body.queue), view)


async def _set(errand: Errand, branch: str, action: SetQueue) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return queue_object(floor, action.queue, now, DEFAULT)

    return await errand.act(branch, action, view)
