"""The paired screens and kiosks of a branch, how each does, and what it shows."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.errors import NotFound
from queue_service.records.devices import Device, Health
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.bodies import DeviceBody, PairingBody
from queue_service.web.device_shapes import DeviceList, DeviceShape
from queue_service.web.devices import assignment, find_waiting, own_device
from queue_service.web.house import House, TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import Json
from queue_service.web.staff import check_may, member_with, staff_with
from queue_service.web.views import device_object

router = APIRouter(prefix="/api/v1/branches/{branch}", tags=["devices"], responses=problems(401, 403, 404, 503))

Changer = Annotated[Staff, Depends(member_with(Right.CHANGE_DEVICES))]


@router.get("/devices", response_model=DeviceList)
async def list_devices(branch: str, request: Request, house: TheHouse) -> Json:
    """The dark ones are those that nobody can read just now."""
    await staff_with(Right.READ_DEVICES, request, branch)
    house.branches.get(branch)
    now = house.floors.clock()
    return {"devices": [device_object(device, health, now) for device, health in house.devices.at(branch)]}


@router.post("/devices", status_code=201, response_model=DeviceShape, responses=problems(422, 429))
async def pair(branch: str, body: PairingBody, house: TheHouse, staff: Changer) -> Json:
    """Accepts the screen that shows this code: so it is good once, and sent again it is 404."""
    shows = assignment(house, branch, body.shows, body.name, body.queues)
    await find_waiting(house, staff, body.code)
    return _shown(house, await house.devices.accept(body.code, shows, str(staff), house.floors.clock()))


@router.patch("/devices/{device}", response_model=DeviceShape, responses=problems(422))
async def change(branch: str, device: str, body: DeviceBody, house: TheHouse, staff: Changer) -> Json:
    before = _device_at(house, staff, branch, device).shows
    to = body.branch or branch
    check_may(staff, Right.CHANGE_DEVICES, to)
    queues = body.queues if body.queues is not None else list(before.queues) if to == branch else []
    shows = assignment(house, to, body.shows or before.face, body.name or before.name, queues)
    return _shown(house, await house.devices.assign(device, shows, str(staff), house.floors.clock()))


@router.delete("/devices/{device}", status_code=204)
async def revoke(branch: str, device: str, house: TheHouse, staff: Changer) -> Response:
    """Ends the pairing: the screen is a stranger from now on."""
    _device_at(house, staff, branch, device)
    await house.devices.revoke(device, str(staff), house.floors.clock())
    return Response(status_code=204)


def _device_at(house: House, staff: Staff, branch: str, device: str) -> Device:
    """Raises NotFound, also for one at another branch."""
    known = own_device(house, staff, device)
    if known.shows.branch != branch:
        raise NotFound("There is no such screen, or its pairing was ended.")
    return known


def _shown(house: House, device: Device) -> Json:
    heard = {known.id: health for known, health in house.devices.at(device.shows.branch)}
    return device_object(device, heard.get(device.id, Health(device.paired_at)), house.floors.clock())
