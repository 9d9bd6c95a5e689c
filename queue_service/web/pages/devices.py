"""Screens and kiosks for those who look after them: accept one, change what it shows, end it, see which are dark."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound, Refusal
from queue_service.records.devices import Assignment, Device, Face, Health, Waiting
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.devices import LONGEST_NAME, assignment
from queue_service.web.errors import Forbidden, Unauthorized
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of
from queue_service.web.limits import ACCEPTS
from queue_service.web.pages.estimates import ago
from queue_service.web.pages.forms import Form, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page, static
from queue_service.web.problems import status_of
from queue_service.web.proxies import address_of
from queue_service.web.staff import csrf_of, find_staff
from queue_service.web.views import device_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

HOME = "/office/devices"
OwnPage = Depends(check_own_page)


@router.get(HOME)
async def list_devices(request: Request, house: TheHouse) -> Response:
    return _list(request, house, await _staff_with(Right.READ_DEVICES, request))


@router.post(f"{HOME}/code", dependencies=[OwnPage])
async def find_screen(request: Request, house: TheHouse) -> Response:
    """What shows the code, before anything is accepted."""
    form = await read_form(request)
    staff = await _staff_with(Right.CHANGE_DEVICES, request)
    try:
        waiting = await _find(house, staff, form)
    except Refusal as refusal:
        return _list(request, house, staff, refusal)
    return _accepting(request, house, staff, form, waiting)


@router.post(HOME, dependencies=[OwnPage])
async def accept(request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await _staff_with(Right.CHANGE_DEVICES, request)
    try:
        waiting = await _find(house, staff, form)
    except Refusal as refusal:
        return _list(request, house, staff, refusal)
    try:
        shows = _filled_in(house, staff, form)
    except Refusal as refusal:
        return _accepting(request, house, staff, form, waiting, refusal)
    await house.devices.accept(form["code"], shows, str(staff), house.floors.clock())
    return RedirectResponse(HOME, 303)


@router.get(f"{HOME}/{{device}}")
async def show_device(device: str, request: Request, house: TheHouse) -> Response:
    staff = await _staff_with(Right.CHANGE_DEVICES, request)
    return _changing(request, house, staff, _own(house, staff, device))


@router.post(f"{HOME}/{{device}}", dependencies=[OwnPage])
async def change(device: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await _staff_with(Right.CHANGE_DEVICES, request)
    known = _own(house, staff, device)
    try:
        await house.devices.assign(device, _filled_in(house, staff, form), str(staff), house.floors.clock())
    except Refusal as refusal:
        return _changing(request, house, staff, known, refusal)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/{{device}}/revoke", dependencies=[OwnPage])
async def revoke(device: str, request: Request, house: TheHouse) -> Response:
    staff = await _staff_with(Right.CHANGE_DEVICES, request)
    _own(house, staff, device)
    await house.devices.revoke(device, str(staff), house.floors.clock())
    return RedirectResponse(HOME, 303)


async def _staff_with(right: Right, request: Request) -> Staff:
    """At any branch; for each of them it is asked again. Raises Unauthorized or Forbidden."""
    staff = await find_staff(request)
    if staff is None:
        raise Unauthorized("This needs a key or a session of the staff.")
    if not staff.may_somewhere(right):
        raise Forbidden("You may not do this here. An administrator can say who may.")
    return staff


def _branches(house: House, staff: Staff, right: Right) -> list[Branch]:
    return [branch for branch in house.branches.all.values() if staff.may(right, branch.id)]


def _own(house: House, staff: Staff, device: str) -> Device:
    """Raises NotFound, also for another branch's: whether there is one is nobody else's business."""
    known = house.devices.get(device)
    if not staff.may(Right.CHANGE_DEVICES, known.shows.branch):
        raise NotFound("There is no such screen, or its pairing was ended.")
    return known


async def _find(house: House, staff: Staff, form: Form) -> Waiting:
    """Raises NotFound or TooMany."""
    await house.limits.check(ACCEPTS, "screen-accept", str(staff))
    waiting = await house.devices.look_up(form.get("code", ""), house.floors.clock())
    if waiting is None:
        raise NotFound("No screen shows this code now. Codes are good for ten minutes and for one time.")
    return waiting


def _filled_in(house: House, staff: Staff, form: Form) -> Assignment:
    """`shows` names branch and face: `lobby/rsud-lahat`. Raises Refusal."""
    face, _, branch = form.get("shows", "").partition("/")
    if not staff.may(Right.CHANGE_DEVICES, branch):
        raise Forbidden("You may not do this here. An administrator can say who may.")
    ticked = [field.removeprefix(f"queue/{branch}/") for field in form if field.startswith(f"queue/{branch}/")]
    return assignment(house, branch, face, form.get("name", ""), ticked)


def _list(request: Request, house: House, staff: Staff, refusal: Refusal | None = None) -> Response:
    now, language = house.floors.clock(), language_of(request)
    rows = [
        _row(branch, device, health, now, language)
        for branch in _branches(house, staff, Right.READ_DEVICES)
        for device, health in house.devices.at(branch.id)
    ]
    rows.sort(key=lambda row: (["dark", "stale", "live"].index(row["state"]), row["branch"], row["name"]))
    problem, status = ("", 200) if refusal is None else (said(request, refusal), status_of(refusal))
    may_change = staff.may_somewhere(Right.CHANGE_DEVICES)
    return page(
        request, "devices.html", status, devices=rows, problem=problem, csrf=csrf_of(request), may_change=may_change
    )


def _row(branch: Branch, device: Device, health: Health, now: datetime, language: str) -> Json:
    report = health.report
    return {
        **device_object(device, health, now),
        "branch": branch.name.in_language(language),
        "is_kiosk": device.shows.face is Face.KIOSK,
        "queues": [
            branch.queues[queue].name.in_language(language) for queue in device.shows.queues if queue in branch.queues
        ],
        "heard": ago(language, now - health.at),
        "is_hidden": report is not None and not report.visible,
        "is_silent": report is not None and report.sound is False,
        "is_old": report is not None and report.version != static.version,
    }


def _accepting(
    request: Request, house: House, staff: Staff, form: Form, waiting: Waiting, refusal: Refusal | None = None
) -> Response:
    asked = waiting.asked
    screen = {
        "code": form.get("code", ""),
        "since": ago(language_of(request), house.floors.clock() - waiting.at),
        "size": f"{asked.width} × {asked.height}",
        "address": asked.address,
        "is_near": asked.address == address_of(request),
    }
    return _form(request, house, staff, HOME, form, refusal, screen=screen)


def _changing(request: Request, house: House, staff: Staff, device: Device, refusal: Refusal | None = None) -> Response:
    shows = device.shows
    ticked = {f"queue/{shows.branch}/{queue}": "on" for queue in shows.queues}
    filled = {"name": shows.name, "shows": f"{shows.face}/{shows.branch}", **ticked}
    return _form(request, house, staff, f"{HOME}/{device.id}", filled, refusal, screen=None)


def _form(
    request: Request, house: House, staff: Staff, action: str, filled: Form, refusal: Refusal | None, **context: Any
) -> Response:
    language = language_of(request)
    places = [
        {
            "id": branch.id,
            "name": branch.name.in_language(language),
            "queues": [
                (f"queue/{branch.id}/{queue.id}", queue.name.in_language(language)) for queue in branch.queues.values()
            ],
        }
        for branch in _branches(house, staff, Right.CHANGE_DEVICES)
    ]
    problem, status = ("", 200) if refusal is None else (said(request, refusal), status_of(refusal))
    return page(
        request,
        "device.html",
        status,
        action=action,
        filled=filled,
        places=places,
        problem=problem,
        longest=LONGEST_NAME,
        csrf=csrf_of(request),
        **context,
    )
