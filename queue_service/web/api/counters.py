"""What clerks do: one route per action, one line in, one line out."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from queue_service.domain import actions
from queue_service.domain.actions import SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import NobodyWaiting
from queue_service.domain.floors import Floor
from queue_service.web.errands import ClerksErrand, Errand
from queue_service.web.house import TheHouse
from queue_service.web.languages import DEFAULT, language_of
from queue_service.web.problems import problems
from queue_service.web.shapes import ActedOn, CallBody, CounterShape, Json, OpenBody, RequeueBody, TransferBody
from queue_service.web.staff import Clerk
from queue_service.web.views import acted_on, counter_object

AT = "/branches/{branch}/counters/{counter}"

router = APIRouter(prefix="/api/v1", tags=["counters"], responses=problems(401, 403, 404, 503))
_refusals = problems(409, 422)


@router.get(AT, response_model=CounterShape)
async def read(branch: str, counter: str, request: HttpRequest, clerk: Clerk, house: TheHouse) -> Json:
    floor = await house.floors.get_today(branch)
    return counter_object(floor, counter, house.floors.clock(), language_of(request))


@router.post(f"{AT}/open", response_model=CounterShape, responses=_refusals)
async def open_counter(branch: str, counter: str, errand: ClerksErrand, body: OpenBody | None = None) -> Json:
    queues = tuple(dict.fromkeys(body.queues)) if body and body.queues else None
    return await _set(errand, branch, SetCounter(counter, CounterState.OPEN, queues))


@router.post(f"{AT}/pause", response_model=CounterShape, responses=_refusals)
async def pause(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await _set(errand, branch, SetCounter(counter, CounterState.PAUSED))


@router.post(f"{AT}/close", response_model=CounterShape, responses=_refusals)
async def close(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await _set(errand, branch, SetCounter(counter, CounterState.CLOSED))


@router.post(
    f"{AT}/call-next", response_model=ActedOn, responses={204: {"description": "Nobody is waiting."}, **_refusals}
)
async def call_next(branch: str, counter: str, errand: ClerksErrand) -> Json | Response:
    try:
        return await errand.act(branch, actions.CallNext(counter), acted_on)
    except NobodyWaiting:
        return Response(status_code=204)


@router.post(f"{AT}/call", response_model=ActedOn, responses=_refusals)
async def call(branch: str, counter: str, body: CallBody, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Call(counter, body.label), acted_on)


@router.post(f"{AT}/recall", response_model=ActedOn, responses=_refusals)
async def recall(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Recall(counter), acted_on)


@router.post(f"{AT}/serve", response_model=ActedOn, responses=_refusals)
async def serve(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Serve(counter), acted_on)


@router.post(f"{AT}/complete", response_model=ActedOn, responses=_refusals)
async def complete(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Complete(counter), acted_on)


@router.post(f"{AT}/no-show", response_model=ActedOn, responses=_refusals)
async def mark_no_show(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.MarkNoShow(counter), acted_on)


@router.post(f"{AT}/hold", response_model=ActedOn, responses=_refusals)
async def hold(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Hold(counter), acted_on)


@router.post(f"{AT}/requeue", response_model=ActedOn, responses=_refusals)
async def requeue(branch: str, counter: str, errand: ClerksErrand, body: RequeueBody | None = None) -> Json:
    asked = body or RequeueBody()
    return await errand.act(branch, actions.Requeue(counter, asked.after_minutes, asked.label), acted_on)


@router.post(f"{AT}/transfer", response_model=ActedOn, responses=_refusals)
async def transfer(branch: str, counter: str, body: TransferBody, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Transfer(counter, body.queue), acted_on)


@router.post(f"{AT}/undo", response_model=ActedOn | CounterShape, responses=_refusals)
async def undo(branch: str, counter: str, errand: ClerksErrand) -> Json:
    return await errand.act(branch, actions.Undo(counter), acted_on)


async def _set(errand: Errand, branch: str, action: SetCounter) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return counter_object(floor, action.counter, now, DEFAULT)

    return await errand.act(branch, action, view)
