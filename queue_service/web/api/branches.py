"""Public readings of a branch and its queues."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.requests import Request
from starlette.responses import Response

from queue_service.web.house import TheHouse
from queue_service.web.languages import language_of
from queue_service.web.order import order_object
from queue_service.web.problems import problems
from queue_service.web.shapes import BranchList, BranchShape, Json, OrderShape, QueueSnapshot
from queue_service.web.views import branch_object, branch_short

router = APIRouter(prefix="/api/v1", tags=["public"])

FRESH_SECONDS = 2


@router.get("/branches", response_model=BranchList)
async def list_branches(request: Request, house: TheHouse) -> Json:
    language = language_of(request)
    return {"branches": [branch_short(branch, language) for branch in house.branches.all.values()]}


@router.get("/branches/{branch}", response_model=BranchShape, responses=problems(404, 503))
async def read_branch(branch: str, request: Request, house: TheHouse) -> Json:
    floor = await house.floors.get_today(branch)
    return branch_object(floor, house.floors.clock(), language_of(request))


@router.get("/branches/{branch}/queues/{queue}/order", response_model=OrderShape, responses=problems(404, 503))
async def explain_order(branch: str, queue: str, request: Request, house: TheHouse) -> Json:
    """Who is called when, and why, in words."""
    floor = await house.floors.get_today(branch)
    return order_object(floor, queue, house.floors.clock(), language_of(request))


@router.get(
    "/branches/{branch}/queues/{queue}",
    response_model=QueueSnapshot,
    responses={304: {"description": "It is still as it was."}, **problems(404, 503)},
)
async def read_queue(
    branch: str, queue: str, house: TheHouse, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """The stream's `queue` object: the same bytes that a frame of this seq carries, and the day."""
    floor = await house.floors.get_today(branch)
    floor.branch.queue(queue)
    payload = house.hub.snapshot(floor, queue)
    etag = f'"{hashlib.sha256(payload).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={FRESH_SECONDS}"}
    known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    if known & {etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(payload, headers=headers, media_type="application/json")
