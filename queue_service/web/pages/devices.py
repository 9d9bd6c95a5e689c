"""Screens and kiosks for those who look after them: accept one, change what it shows, end it, see which are dark."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Refusal
from queue_service.records.devices import Assignment, Device, Face, Health, Waiting
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.devices import LONGEST_NAME, assignment, find_waiting, own_device
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import language_of
from queue_service.web.pages.estimates import ago
from queue_service.web.pages.forms import Form, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page, static
from queue_service.web.problems import status_of
from queue_service.web.proxies import address_of
from queue_service.web.staff import check_may, csrf_of, staff_with_some
from queue_service.web.views import device_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

HOME = "/office/devices"
OwnPage = Depends(check_own_page)


@router.get(HOME)
async def list_devices(request: Request, house: TheHouse) -> Response:
    return _list(request, house, await staff_with_some(Right.READ_DEVICES, request))


@router.post(f"{HOME}/code", dependencies=[OwnPage])
async def find_screen(request: Request, house: TheHouse) -> Response:
    """What shows the code, before anything is accepted."""
    form = await read_form(request)
    staff = await staff_with_some(Right.CHANGE_DEVICES, request)
    try:
        waiting = await find_waiting(house, staff, form.get("code", ""))
    except Refusal as refusal:
        return _list(request, house, staff, refusal)
    return _accepting(request, house, staff, form, waiting)


@router.post(HOME, dependencies=[OwnPage])
async def accept(request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await staff_with_some(Right.CHANGE_DEVICES, request)
    try:
        waiting = await find_waiting(house, staff, form.get("code", ""))
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
    staff = await staff_with_some(Right.CHANGE_DEVICES, request)
    return _changing(request, house, staff, own_device(house, staff, device))


@router.post(f"{HOME}/{{device}}", dependencies=[OwnPage])
async def change(device: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await staff_with_some(Right.CHANGE_DEVICES, request)
    known = own_device(house, staff, device)
    try:
        await house.devices.assign(device, _filled_in(house, staff, form), str(staff), house.floors.clock())
    except Refusal as refusal:
        return _changing(request, house, staff, known, refusal)
    return RedirectResponse(HOME, 303)


@router.post(f"{HOME}/{{device}}/revoke", dependencies=[OwnPage])
async def revoke(device: str, request: Request, house: TheHouse) -> Response:
    staff = await staff_with_some(Right.CHANGE_DEVICES, request)
    own_device(house, staff, device)
    await house.devices.revoke(device, str(staff), house.floors.clock())
    return RedirectResponse(HOME, 303)


def _branches(house: House, staff: Staff, right: Right) -> list[Branch]:
    return [branch for branch in house.branches.all.values() if staff.may(right, branch.id)]


def _filled_in(house: House, staff: Staff, form: Form) -> Assignment:
    """`shows` names branch and face: `lobby/rsud-lahat`. Raises Refusal."""
    face, _, branch = form.get("shows", "").partition("/")
    check_may(staff, Right.CHANGE_DEVICES, branch)
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
