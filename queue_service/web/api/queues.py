"""What supervisors do with whole queues, and words to those who wait."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from queue_service.domain.actions import Notify, SetQueue
from queue_service.domain.errors import Invalid
from queue_service.domain.floors import Floor
from queue_service.domain.lines import QueueState
from queue_service.web.errands import Errand, NoticesErrand, SupervisorsErrand
from queue_service.web.languages import DEFAULT
from queue_service.web.problems import problems
from queue_service.web.shapes import Json, NoticeBody, NoticeShape, QueueShape
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


@router.post("/branches/{branch}/notices", status_code=201, response_model=NoticeShape)
async def give_notice(branch: str, body: NoticeBody, errand: NoticesErrand) -> Json:
    if body.until.tzinfo is None:
        raise Invalid("until: expected a time with its offset, such as 2026-11-23T10:00:00+07:00.")
    try:
        until = body.until.astimezone(UTC)
    except OverflowError:
        raise Invalid("until: expected a moment that is still to come.") from None

    def view(floor: Floor, events: object, now: datetime) -> Json:
        return {"text": body.text.strip(), "until": body.until.isoformat(), "queue": body.queue}

    action = Notify(body.text, until.replace(microsecond=until.microsecond // 1000 * 1000), body.queue)
    return await errand.act(branch, action, view)


async def _set(errand: Errand, branch: str, action: SetQueue) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return queue_object(floor, action.queue, now, DEFAULT)

    return await errand.act(branch, action, view)
