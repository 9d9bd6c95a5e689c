"""The lobby's television and the kiosk: they stand in public, so they show numbers and never who somebody is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from queue_service.domain.actions import Issue
from queue_service.domain.branches import GENERAL, Branch
from queue_service.domain.errors import NotFound, Refusal
from queue_service.domain.events import to_ms
from queue_service.records.devices import Device, Face
from queue_service.web.api.tickets import IssueLimit, issue_ticket
from queue_service.web.devices import check_screen, device_cookie, find_device, keep_cookie
from queue_service.web.errands import Errand
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import LANGUAGES, language_of_public_screen
from queue_service.web.pages.codes import qr_of
from queue_service.web.pages.estimates import duration
from queue_service.web.pages.forms import Form, once, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import LOCALES_OF_BROWSERS, names_of, page, static
from queue_service.web.pages.persons import field_words, given_in, question, queue_chosen, refused
from queue_service.web.pages.visitor import branch_context
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.views import branch_object

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

KIOSK = "kiosk"
BACK_AFTER_SECONDS = 15


@router.get("/screen")
async def screen(request: Request) -> Response:
    """Where any screen may begin: it comes to its own page, or shows a code until somebody accepts it."""
    device = await find_device(request)
    if device is None:
        address = public_url(request).partition("://")[2]
        return page(
            request, "screen.html", language=language_of_public_screen(request), address=f"{address}/office/devices"
        )
    return _stay_paired(request, RedirectResponse(device.shows.address, 303), device)


@router.get("/lobby/{branch}")
async def lobby(branch: str, request: Request, house: TheHouse, queues: str = "") -> Response:
    """`?queues=a,b` shows only those."""
    device = await check_screen(request, house.branches.get(branch), Face.LOBBY)
    language = language_of_public_screen(request)
    floor = await house.floors.get_today(branch)
    now = house.floors.clock()
    shown = branch_object(floor, now, language)
    wanted = {queue.strip() for queue in queues.split(",")}
    shown["queues"] = [queue for queue in shown["queues"] if queue["id"] in wanted] or shown["queues"]
    data = {"branch": branch, "at": to_ms(now), **_place(floor.branch, language, device)}
    printed = page(request, "lobby.html", language=language, branch=shown, now=floor.branch.local(now), data=data)
    return _stay_paired(request, printed, device)


@router.get("/kiosk/{branch}")
async def kiosk(branch: str, request: Request, house: TheHouse) -> Response:
    device = await check_screen(request, house.branches.get(branch), Face.KIOSK)
    started = await _start(request, house, branch, language_of_public_screen(request), device=device)
    return _stay_paired(request, started, device)


@router.post("/kiosk/{branch}", dependencies=[IssueLimit, Depends(check_own_page)])
async def take_number(branch: str, request: Request, house: TheHouse) -> Response:
    """Answers with a page rather than an address: the token must not stay in the kiosk's history."""
    plan = (await house.floors.get_today(branch)).branch
    await check_screen(request, house.branches.get(branch), Face.KIOSK)
    form = await read_form(request)
    language = _language(request, form)
    queue = queue_chosen(plan, form)
    if asked := question(queue, form, language):
        return _ask(request, plan, asked, language)
    action = Issue(form.get("queue", ""), form.get("class") or GENERAL, form.get("journey", ""))
    try:
        ticket = await issue_ticket(Errand(house, KIOSK, once(request, form)), branch, action, given_in(form))
    except NotFound:
        raise
    except Refusal as refusal:
        if asked := refused(request, plan, queue, form, refusal, language):
            return _ask(request, plan, asked, language, status_of(refusal))
        problem = said(request, refusal, plan, language)
        return await _start(request, house, branch, language, status_of(refusal), problem, form.get("class"))
    return page(
        request,
        "kiosk.html",
        language=language,
        asked=None,
        branch={"id": branch, "name": plan.name.in_language(language)},
        ticket=ticket,
        queue_name=plan.queue(ticket["queue"]).name.in_language(language),
        wait=duration(language, ticket["wait"]),
        code=qr_of(f"{public_url(request)}{ticket['url']}"),
        seconds=BACK_AFTER_SECONDS,
        data=_place(plan, language),
    )


def _ask(request: Request, plan: Branch, asked: Json, language: str, status: int = 200) -> Response:
    return page(
        request,
        "kiosk.html",
        status,
        language=language,
        branch={"id": plan.id, "name": plan.name.in_language(language)},
        ticket=None,
        asked=asked,
        words=field_words(language),
        days={asked_for.value: days for asked_for, days in plan.retention_days.items()},
        seconds=BACK_AFTER_SECONDS,
        data=_place(plan, language),
    )


@router.get("/display/version")
async def version() -> Response:
    """So that screens which nobody touches notice a new version."""
    return PlainTextResponse(static.version, headers={"Cache-Control": "no-store"})


async def _start(
    request: Request,
    house: House,
    branch: str,
    language: str,
    status: int = 200,
    problem: str = "",
    chosen_class: str | None = None,
    device: Device | None = None,
) -> Response:
    context = await branch_context(request, house, branch, problem, chosen_class, language)
    data = _place((await house.floors.get_today(branch)).branch, language, device)
    return page(
        request,
        "kiosk.html",
        status,
        language,
        ticket=None,
        asked=None,
        seconds=BACK_AFTER_SECONDS,
        data=data,
        **context,
    )


def _language(request: Request, form: Form) -> str:
    asked = form.get("lang", "")
    return asked if asked in LANGUAGES else language_of_public_screen(request)


def _stay_paired(request: Request, response: Response, device: Device | None) -> Response:
    if device is not None:
        keep_cookie(request, response, device_cookie(request))
    return response


def _place(branch: Branch, language: str, device: Device | None = None) -> Json:
    return {
        "is_paired": device is not None,
        "timezone": branch.timezone.key,
        "locale": LOCALES_OF_BROWSERS[language],
        "names": names_of(branch, language),
    }
