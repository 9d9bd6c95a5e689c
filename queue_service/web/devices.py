"""A screen or kiosk that asks: known by its cookie, which opens nothing that is for staff."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from queue_service.domain.branches import Branch, Screens
from queue_service.domain.errors import Invalid, NotFound
from queue_service.records.devices import Assignment, Device, Face, Waiting
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.errors import Forbidden, PasswordNeeded, Unauthorized
from queue_service.web.house import House, house_of
from queue_service.web.limits import ACCEPTS
from queue_service.web.proxies import is_secure
from queue_service.web.staff import find_staff

LASTS = 400 * 24 * 3600  # seconds: the longest that browsers keep a cookie; each visit to its page renews it
LONGEST_NAME = 80


class NotPaired(Forbidden):
    code = "not_paired"


def device_cookie(request: Request) -> str:
    return request.cookies.get(_name(request), "")


def keep_cookie(request: Request, response: Response, value: str) -> None:
    response.set_cookie(
        _name(request), value, max_age=LASTS, httponly=True, samesite="strict", secure=is_secure(request)
    )


def _name(request: Request) -> str:
    # With this prefix no other host of the domain can set it; browsers take it from secure pages only.
    return "__Host-antrean_device" if is_secure(request) else "antrean_device"


async def find_device(request: Request) -> Device | None:
    return await house_of(request).devices.find(device_cookie(request))


async def check_screen(request: Request, branch: Branch, face: Face) -> Device | None:
    """The device that asks, if it is one. Raises NotPaired.

    That is: where the branch shows this page to its own devices and staff only.
    """
    device = await find_device(request)
    if branch.screens is Screens.PAIRED:
        is_here = device is not None and (device.shows.branch, device.shows.face) == (branch.id, face)
        if not is_here and not await _is_staff(request, branch.id):
            raise NotPaired("This branch shows this page on paired screens only.")
    return device


async def _is_staff(request: Request, branch: str) -> bool:
    try:
        staff = await find_staff(request)
    except (Unauthorized, PasswordNeeded):
        return False
    return staff is not None and staff.may(Right.READ_SCREENS, branch)


def own_device(house: House, staff: Staff, device: str) -> Device:
    """Raises NotFound, also for another branch's: whether there is one is nobody else's business."""
    known = house.devices.get(device)
    if not staff.may(Right.CHANGE_DEVICES, known.shows.branch):
        raise NotFound("There is no such screen, or its pairing was ended.")
    return known


async def find_waiting(house: House, staff: Staff, code: str) -> Waiting:
    """Raises NotFound or TooMany."""
    await house.limits.check(ACCEPTS, "screen-accept", str(staff))
    waiting = await house.devices.look_up(code, house.floors.clock())
    if waiting is None:
        raise NotFound("No screen shows this code now. Codes are good for ten minutes and for one time.")
    return waiting


def assignment(house: House, branch: str, face: str, name: str, queues: list[str]) -> Assignment:
    """As somebody has filled it in. Raises NotFound or Invalid."""
    plan, name = house.branches.get(branch), " ".join(name.split())
    if face not in list(Face):
        raise Invalid("shows: expected lobby or kiosk.")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid("name: expected 1 to {most} characters, such as “TV lobi lantai 1”.", most=LONGEST_NAME)
    known = [plan.queue(queue).id for queue in dict.fromkeys(queues)]
    return Assignment(branch, Face(face), name, tuple(known) if face == Face.LOBBY else ())
