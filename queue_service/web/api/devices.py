"""The paired screens and kiosks of a branch, and how each does."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from queue_service.records.roles import Right
from queue_service.web.house import TheHouse
from queue_service.web.problems import problems
from queue_service.web.shapes import DeviceList, Json
from queue_service.web.staff import staff_with
from queue_service.web.views import device_object

router = APIRouter(prefix="/api/v1", tags=["devices"], responses=problems(401, 403, 404, 503))


@router.get("/branches/{branch}/devices", response_model=DeviceList)
async def list_devices(branch: str, request: Request, house: TheHouse) -> Json:
    """The dark ones are those that nobody can read just now."""
    await staff_with(Right.READ_DEVICES, request, branch)
    house.branches.get(branch)
    now = house.floors.clock()
    return {"devices": [device_object(device, health, now) for device, health in house.devices.at(branch)]}
