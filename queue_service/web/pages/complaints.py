"""Complaining, and following what comes of it: plain forms, for anybody and without a name."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.complaints import Add, Complaint, State
from queue_service.domain.errors import Refusal
from queue_service.domain.floors import Floor
from queue_service.records.complaints.complaints import Step, UsedBefore
from queue_service.records.complaints.passing import category_name
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.screening import Kind, Screened, screened
from queue_service.web.complaints import (
    LONGEST,
    About,
    about_ticket,
    file,
    found_by_code,
    held_complaint,
    last_seen,
    steps_for_writer,
    token_of,
    words_in,
)
from queue_service.web.errands import VISITOR
from queue_service.web.fields import Form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import N_, language_of, long_date, sentence
from queue_service.web.pages.codes import qr_of
from queue_service.web.pages.forms import new_key, once, read_form
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.problems import status_of
from queue_service.web.proxies import public_url
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

ELSEWHERE = "https://www.lapor.go.id/"

router = APIRouter(route_class=PageRoute, include_in_schema=False)

STATE_WORDS = {
    State.RECEIVED: N_("It is being looked into"),
    State.ANSWERED: N_("It was answered"),
    State.CLOSED: N_("It is closed"),
}
_KIND_WORDS = {
    Kind.NUMBER: N_("a NIK, phone or other long number"),
    Kind.ADDRESS: N_("an address"),
    Kind.MAIL: N_("an e-mail address"),
    Kind.NAME: N_("a name"),
}


@router.get("/b/{branch}/complaint")
async def ask(branch: str, request: Request, house: TheHouse) -> Response:
    floor, token = await house.floors.get_today(branch), request.query_params.get("ticket", "")
    about = await about_ticket(house, branch, token) if token else None
    return _form_page(request, floor, _begun(about, token), None)


@router.post("/b/{branch}/complaint", dependencies=[Depends(check_own_page)])
async def take(branch: str, request: Request, house: TheHouse) -> Response:
    return await _take(request, house, branch, None)


@router.get("/complaints/{branch}")
async def ask_for_somebody(branch: str, request: Request, house: TheHouse) -> Response:
    """A clerk, for a visitor who would rather speak than write."""
    staff = await staff_with(Right.SERVE, request, branch)
    return _form_page(request, await house.floors.get_today(branch), _begun(None, ""), staff)


@router.post("/complaints/{branch}", dependencies=[Depends(check_own_page)])
async def take_for_somebody(branch: str, request: Request, house: TheHouse) -> Response:
    return await _take(request, house, branch, await staff_with(Right.SERVE, request, branch))


async def _take(request: Request, house: House, branch: str, staff: Staff | None) -> Response:
    form, floor = await read_form(request), await house.floors.get_today(branch)
    try:
        found, sure = screened(words_in(form)), _digest(form.get("words", ""))
        if found.kinds and form.get("sure") != sure:
            return _form_page(request, floor, {**form, "sure": sure}, staff, 200, found=found)
        key = once(request, form)
        complaint = await file(request, floor, form, key.key if key else new_key(), staff)
    except UsedBefore as refusal:
        return _form_page(request, floor, {**form, "key": new_key()}, staff, status_of(refusal), said(request, refusal))
    except Refusal as refusal:
        return _form_page(request, floor, form, staff, status_of(refusal), said(request, refusal, floor.branch))
    return RedirectResponse(f"/c/{token_of(house, complaint)}?new=1", 303)


def _begun(about: About | None, token: str) -> Form:
    known = {"queue": about.queue, "counter": about.counter, "ticket": token} if about else {}
    return {**known, "anonymous": "yes", "secret": "yes"}


def _digest(words: str) -> str:
    """What was shown to be found in a text is agreed to for this text only."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _form_page(
    request: Request,
    floor: Floor,
    form: Form,
    staff: Staff | None,
    status: int = 200,
    problem: str = "",
    found: Screened | None = None,
) -> Response:
    language, branch = language_of(request), floor.branch
    kinds = [sentence(language, _KIND_WORDS[kind]) for kind in found.kinds] if found else []
    return page(
        request,
        "complain.html",
        status,
        branch=branch_short(branch, language),
        problem=problem,
        found={"kinds": kinds, "text": found.text} if found else None,
        form=form,
        key=form.get("key") or new_key(),
        categories=[(each.id, each.name.in_language(language)) for each in branch.complaints.categories],
        queues=[(each.id, each.name.in_language(language)) for each in branch.queues.values()],
        counters=[(each.id, each.name.in_language(language)) for each in branch.counters.values()],
        contact_days=branch.complaints.contact_days,
        longest=LONGEST,
        csrf=csrf_of(request) if staff else "",
    )


# Following it


@router.get("/c")
async def ask_for_code(request: Request) -> Response:
    return page(request, "complaint_code.html", problem="", number="")


@router.post("/c", dependencies=[Depends(check_own_page)])
async def find(request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    try:
        complaint = await found_by_code(request, form)
    except Refusal as refusal:
        status, number = status_of(refusal), form.get("number", "")[:40]
        return page(request, "complaint_code.html", status, problem=said(request, refusal), number=number)
    return RedirectResponse(f"/c/{token_of(house, complaint)}", 303)


@router.get("/c/{token}")
async def follow(token: str, request: Request, house: TheHouse) -> Response:
    return await _complaint_page(request, house, await held_complaint(house, token))


@router.post("/c/{token}", dependencies=[Depends(check_own_page)])
async def add(token: str, request: Request, house: TheHouse) -> Response:
    complaint, form = await held_complaint(house, token), await read_form(request)
    try:
        step = Step(Add(), VISITOR, words_in(form), last_seen(form.get("seq", "")))
        await house.complaints.act(complaint.number, step, house.branches.get(complaint.branch), house.floors.clock())
    except Refusal as refusal:
        return await _complaint_page(request, house, complaint, form, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/c/{token}", 303)


async def _complaint_page(
    request: Request, house: House, complaint: Complaint, form: Form | None = None, status: int = 200, problem: str = ""
) -> Response:
    language, branch = language_of(request), house.branches.get(complaint.branch)
    words = await house.complaints.words_of(complaint)
    token = token_of(house, complaint)
    response = page(
        request,
        "complaint.html",
        status,
        problem=problem,
        branch=branch_short(branch, language),
        complaint=complaint,
        category=category_name(complaint, branch, language),
        state=sentence(language, STATE_WORDS[complaint.state]),
        due=long_date(language, complaint.due),
        steps=steps_for_writer(complaint, words, branch, language),
        code=house.complaints.code_of(complaint.number),
        is_new="new" in request.query_params,
        find_at=f"{public_url(request)}/c",
        elsewhere=ELSEWHERE,
        token=token,
        qr=qr_of(f"{public_url(request)}/c/{token}"),
        words=(form or {}).get("words", ""),
        longest=LONGEST,
    )
    response.headers["Cache-Control"] = "no-store"  # what somebody wrote stands on it: the phone may be a shared one
    return response
