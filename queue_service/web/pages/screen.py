"""What a screen asks for by itself: a code, what became of it, what to show; and it tells how it does."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from queue_service.records.devices import Asked, Report
from queue_service.records.devices.pairing import VALID
from queue_service.web.devices import NotPaired, device_cookie, find_device, keep_cookie
from queue_service.web.house import TheHouse
from queue_service.web.limits import CODES
from queue_service.web.pages.mistakes import check_own_page
from queue_service.web.proxies import address_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(check_own_page)])

HOME = "/screen"

Pixels = Annotated[int, Field(ge=0, le=100_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    width: Pixels
    height: Pixels


class ReportBody(Body):
    page: Annotated[str, Field(max_length=400)]
    version: Annotated[str, Field(max_length=40)]
    frame_age: Annotated[int, Field(ge=0, le=10_000_000)] | None
    visible: bool
    sound: bool | None


@router.post("/screen/code")
async def ask_for_code(body: Body, request: Request, house: TheHouse) -> Response:
    """A new one in the place of the one before. A screen that was accepted meanwhile is told where to go."""
    if device := await find_device(request):
        return _told({"page": device.shows.address})
    address = address_of(request)
    await house.limits.check(CODES, "screen-code", address)
    asked = Asked(address, body.width, body.height)
    invitation = await house.devices.ask(device_cookie(request), asked, house.floors.clock())
    response = _told({"page": HOME, "code": invitation.code, "seconds": int(VALID.total_seconds())})
    keep_cookie(request, response, invitation.cookie)
    return response


@router.get("/screen/state")
async def tell_state(request: Request, house: TheHouse) -> Response:
    """Asked every other second: from memory for paired devices. `waits`: whether its code is good for anything."""
    if device := await find_device(request):
        return _told({"page": device.shows.address, "waits": False})
    return _told({"page": HOME, "waits": await house.devices.is_waiting(device_cookie(request))})


@router.post("/screen/health", status_code=204)
async def hear_report(body: ReportBody, request: Request, house: TheHouse) -> Response:
    device = await find_device(request)
    if device is None:
        raise NotPaired("This screen is not paired.")
    await house.devices.hear(device, Report(**body.model_dump()), house.floors.clock())
    return Response(status_code=204)


def _told(content: dict[str, Any]) -> JSONResponse:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
