"""What clerks do: one route per action, one line in, one line out."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from queue_service.domain import actions
from queue_service.domain.actions import CounterAction, Reported, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.errors import Invalid, NobodyWaiting
from queue_service.domain.floors import Floor
from queue_service.web.answers import answer
from queue_service.web.bodies import (
    CallBody,
    CloseBody,
    CompleteBody,
    ExpectingBody,
    OpenBody,
    PressedBody,
    RequeueBody,
    TransferBody,
)
from queue_service.web.errands import ClerksErrand, CounterErrand
from queue_service.web.house import TheHouse
from queue_service.web.languages import DEFAULT, language_of
from queue_service.web.problems import problems
from queue_service.web.shapes import ActedOn, CounterShape, Json
from queue_service.web.staff import CounterReader
from queue_service.web.views import acted_on, counter_object

AT = "/branches/{branch}/counters/{counter}"

router = APIRouter(prefix="/api/v1", tags=["counters"], responses=problems(401, 403, 404, 503))
_refusals = problems(409, 422)


@router.get(AT, response_model=CounterShape)
async def read(branch: str, counter: str, request: HttpRequest, reader: CounterReader, house: TheHouse) -> Json:
    floor = await house.floors.get_today(branch)
    now = house.floors.clock()
    return counter_object(floor, counter, now, language_of(request), reader.queues_at(branch))


@router.post(f"{AT}/open", response_model=CounterShape, responses=_refusals)
async def open_counter(errand: ClerksErrand, body: OpenBody | None = None) -> Json:
    queues = tuple(dict.fromkeys(body.queues)) if body and body.queues else None
    return await _set(errand, SetCounter(errand.counter, CounterState.OPEN, queues))


@router.post(f"{AT}/pause", response_model=CounterShape, responses=_refusals)
async def pause(errand: ClerksErrand) -> Json:
    return await _set(errand, SetCounter(errand.counter, CounterState.PAUSED))


@router.post(f"{AT}/close", response_model=CounterShape, responses=_refusals)
async def close(errand: ClerksErrand, body: CloseBody | None = None) -> Json:
    sends_back = body is not None and body.sends_back
    return await _set(errand, SetCounter(errand.counter, CounterState.CLOSED, sends_back=sends_back))


@router.post(
    f"{AT}/call-next", response_model=ActedOn, responses={204: {"description": "Nobody is waiting."}, **_refusals}
)
async def call_next(errand: ClerksErrand) -> Response:
    try:
        return await _act(errand, actions.CallNext(errand.counter, errand.queues))
    except NobodyWaiting:
        return Response(status_code=204)


@router.post(f"{AT}/call", response_model=ActedOn, responses=_refusals)
async def call(body: CallBody, errand: ClerksErrand) -> Response:
    return await _act(errand, actions.Call(errand.counter, body.label), body)


@router.post(f"{AT}/recall", response_model=ActedOn, responses=_refusals)
async def recall(errand: ClerksErrand, body: ExpectingBody | None = None) -> Response:
    return await _act(errand, actions.Recall(errand.counter, expects=_expected(body)), body)


@router.post(f"{AT}/serve", response_model=ActedOn, responses=_refusals)
async def serve(errand: ClerksErrand, body: ExpectingBody | None = None) -> Response:
    return await _act(errand, actions.Serve(errand.counter, expects=_expected(body)), body)


@router.post(f"{AT}/complete", response_model=ActedOn, responses=_refusals)
async def complete(errand: ClerksErrand, body: CompleteBody | None = None) -> Response:
    ends = body is not None and body.ends
    return await _act(errand, actions.Complete(errand.counter, ends, expects=_expected(body)), body)


@router.post(f"{AT}/no-show", response_model=ActedOn, responses=_refusals)
async def mark_no_show(errand: ClerksErrand, body: ExpectingBody | None = None) -> Response:
    return await _act(errand, actions.MarkNoShow(errand.counter, expects=_expected(body)), body)


@router.post(f"{AT}/hold", response_model=ActedOn, responses=_refusals)
async def hold(errand: ClerksErrand, body: ExpectingBody | None = None) -> Response:
    return await _act(errand, actions.Hold(errand.counter, expects=_expected(body)), body)


@router.post(f"{AT}/requeue", response_model=ActedOn, responses=_refusals)
async def requeue(errand: ClerksErrand, body: RequeueBody | None = None) -> Response:
    asked = body or RequeueBody()
    return await _act(errand, actions.Requeue(errand.counter, asked.after_minutes, asked.label), body)


@router.post(f"{AT}/transfer", response_model=ActedOn, responses=_refusals)
async def transfer(body: TransferBody, errand: ClerksErrand) -> Response:
    action = actions.Transfer(errand.counter, body.queue, body.comes_back, expects=_expected(body))
    return await _act(errand, action, body)


@router.post(f"{AT}/take-over", response_model=ActedOn, responses=_refusals)
async def take_over(body: CallBody, errand: ClerksErrand) -> Response:
    return await _act(errand, actions.TakeOver(errand.counter, body.label, errand.supervises), body)


@router.post(f"{AT}/undo", response_model=ActedOn | CounterShape, responses=_refusals)
async def undo(errand: ClerksErrand) -> Response:
    return await _act(errand, actions.Undo(errand.counter))


def _expected(body: ExpectingBody | None) -> str:
    return "" if body is None else body.label


async def _act(errand: CounterErrand, action: CounterAction, body: PressedBody | None = None) -> Response:
    done = action if body is None or body.occurred is None else _told_later(errand, action, body.occurred)
    return answer(await errand.act(errand.branch, done, acted_on))


def _told_later(errand: CounterErrand, action: CounterAction, occurred: datetime) -> Reported:
    if errand.house.branches.get(errand.branch).team is None:
        raise Invalid("occurred: only a team that travels tells what was done before.")
    return Reported(action, occurred)


async def _set(errand: CounterErrand, action: SetCounter) -> Json:
    def view(floor: Floor, events: object, now: datetime) -> Json:
        return counter_object(floor, action.counter, now, DEFAULT)

    return await errand.act(errand.branch, action, view)
