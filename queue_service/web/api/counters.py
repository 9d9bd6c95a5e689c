"""What clerks do: one route per action, one line in, one line out."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from queue_service.domain import actions
from queue_service.domain.actions import CounterAction, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import NobodyWaiting
from queue_service.domain.floors import Floor
from queue_service.journal import Request
from queue_service.records.keys import Staff
from queue_service.web.house import House, TheHouse
from queue_service.web.idempotency import Idempotent
from queue_service.web.languages import language_of
from queue_service.web.problems import problems
from queue_service.web.shapes import ActedOn, CallBody, CounterShape, Json, OpenBody, RequeueBody, TransferBody
from queue_service.web.staff import Clerk
from queue_service.web.views import acted_on, counter_object

AT = "/branches/{branch}/counters/{counter}"

router = APIRouter(tags=["counters"], responses=problems(401, 403, 404, 503))
_refusals = problems(409, 422)


@router.get(AT, response_model=CounterShape)
async def read(branch: str, counter: str, request: HttpRequest, clerk: Clerk, house: TheHouse) -> Json:
    floor = await house.floors.get_today(branch)
    return counter_object(floor, counter, house.floors.clock(), language_of(request))


@router.post(f"{AT}/open", response_model=CounterShape, responses=_refusals)
async def open_counter(
    branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent, body: OpenBody | None = None
) -> Json:
    queues = tuple(dict.fromkeys(body.queues)) if body and body.queues else None
    return await _set(house, branch, SetCounter(counter, CounterState.OPEN, queues), clerk, request)


@router.post(f"{AT}/pause", response_model=CounterShape, responses=_refusals)
async def pause(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _set(house, branch, SetCounter(counter, CounterState.PAUSED), clerk, request)


@router.post(f"{AT}/close", response_model=CounterShape, responses=_refusals)
async def close(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _set(house, branch, SetCounter(counter, CounterState.CLOSED), clerk, request)


@router.post(
    f"{AT}/call-next", response_model=ActedOn, responses={204: {"description": "Nobody is waiting."}, **_refusals}
)
async def call_next(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json | Response:
    try:
        return await _act(house, branch, actions.CallNext(counter), clerk, request)
    except NobodyWaiting:
        return Response(status_code=204)


@router.post(f"{AT}/call", response_model=ActedOn, responses=_refusals)
async def call(branch: str, counter: str, body: CallBody, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Call(counter, body.label), clerk, request)


@router.post(f"{AT}/recall", response_model=ActedOn, responses=_refusals)
async def recall(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Recall(counter), clerk, request)


@router.post(f"{AT}/serve", response_model=ActedOn, responses=_refusals)
async def serve(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Serve(counter), clerk, request)


@router.post(f"{AT}/complete", response_model=ActedOn, responses=_refusals)
async def complete(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Complete(counter), clerk, request)


@router.post(f"{AT}/no-show", response_model=ActedOn, responses=_refusals)
async def mark_no_show(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.MarkNoShow(counter), clerk, request)


@router.post(f"{AT}/hold", response_model=ActedOn, responses=_refusals)
async def hold(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Hold(counter), clerk, request)


@router.post(f"{AT}/requeue", response_model=ActedOn, responses=_refusals)
async def requeue(
    branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent, body: RequeueBody | None = None
) -> Json:
    asked = body or RequeueBody()
    return await _act(house, branch, actions.Requeue(counter, asked.after_minutes, asked.label), clerk, request)


@router.post(f"{AT}/transfer", response_model=ActedOn, responses=_refusals)
async def transfer(
    branch: str, counter: str, body: TransferBody, clerk: Clerk, house: TheHouse, request: Idempotent
) -> Json:
    return await _act(house, branch, actions.Transfer(counter, body.queue), clerk, request)


@router.post(f"{AT}/undo", response_model=ActedOn | CounterShape, responses=_refusals)
async def undo(branch: str, counter: str, clerk: Clerk, house: TheHouse, request: Idempotent) -> Json:
    return await _act(house, branch, actions.Undo(counter), clerk, request)


async def _act(house: House, branch: str, action: CounterAction, clerk: Staff, request: Request | None) -> Json:
    return await house.desk.act(branch, action, str(clerk), request=request, answer=acted_on)


async def _set(house: House, branch: str, action: SetCounter, clerk: Staff, request: Request | None) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return counter_object(floor, action.counter, now, "id")

    return await house.desk.act(branch, action, str(clerk), request=request, answer=view)
