"""What a visitor does about an errand at another agency: agree or not, choose a day, take it back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.booking import days_to_book
from queue_service.domain.errors import Invalid, NotAllowed, NotFound, Refusal
from queue_service.domain.referrals import ErrandPlan, Referral
from queue_service.tokens import TicketName
from queue_service.web.api.appointments import slots_of
from queue_service.web.errands import VISITOR, Errand
from queue_service.web.fields import Form, read_form
from queue_service.web.holders import held_by
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import clock, language_of, short_date
from queue_service.web.pages.itinerary import consent_object, may_choose
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.problems import status_of
from queue_service.web.referrals import refer, words_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

DAYS_SHOWN = 10


@router.get("/t/{token}/errand/{referral}")
async def ask(token: str, referral: str, request: Request, house: TheHouse) -> Response:
    """The consent, and the days that there are."""
    found = await _held(house, token, referral)
    if not may_choose(found) or found.errand not in house.branches.get(found.branch).errands:
        return RedirectResponse(f"/t/{token}", 303)
    return await _page(request, house, token, found, dict(request.query_params))


@router.post("/t/{token}/errand/{referral}", dependencies=[Depends(check_own_page)])
async def answer(token: str, referral: str, request: Request, house: TheHouse) -> Response:
    form, found = await read_form(request), await _held(house, token, referral)
    try:
        if form.get("do") == "withdraw":
            await house.referring.withdraw(found, VISITOR)
        else:
            check_consent(form)
            await refer(Errand(house, VISITOR, None), found, wanted_slot(form))
    except NotFound:
        raise
    except Refusal as refusal:
        if not may_choose(found):
            raise
        return await _page(request, house, token, found, form, status_of(refusal), said(request, refusal))
    return RedirectResponse(f"/t/{token}", 303)


def check_consent(form: Form) -> None:
    """Raises Invalid."""
    if form.get("consent") != "yes":
        raise Invalid("Nothing is passed on without consent. Please tick the box, or leave it.")


def wanted_slot(form: Form) -> datetime | None:
    if not form.get("slot"):
        return None
    try:
        moment = datetime.fromisoformat(form["slot"])
    except ValueError:
        raise Invalid("slot: no appointment begins at that time.") from None
    if moment.tzinfo is None:
        raise Invalid("slot: no appointment begins at that time.")
    return moment.astimezone(UTC)


async def _held(house: House, token: str, id_: str) -> Referral:
    """Raises NotFound for one of another number."""
    name, _ = await held_by(house, token)
    found = await house.referring.get(id_)
    if TicketName(found.branch, found.day, found.label) != name:
        raise NotFound("There is no such referral.")
    return found


async def _page(
    request: Request, house: House, token: str, referral: Referral, asked: Form, status: int = 200, problem: str = ""
) -> Response:
    language, now = language_of(request), house.floors.clock()
    source = house.branches.get(referral.branch)
    errand = source.errand(referral.errand)
    days = await _days(house, errand, now)
    day = next((one for one in days if one.isoformat() == asked.get("day", asked.get("slot", "")[:10])), None)
    slots = await slots_of(house, errand.to, errand.queue, day) if day else []
    return page(
        request,
        "errand.html",
        status,
        token=token,
        referral=referral.id,
        errand=errand.name.in_language(language),
        problem=problem,
        words=words_of(referral, source, now, language),
        consent=await consent_object(house, referral, errand, language),
        days=[{"day": one.isoformat(), "words": short_date(language, one)} for one in days],
        day=day.isoformat() if day else "",
        slots=[{"at": at.isoformat(), "words": clock(language, at), "free": free} for at, free in slots],
    )


async def _days(house: House, errand: ErrandPlan, now: datetime) -> list[date]:
    """On which there is a place, as late as the errand has it at least."""
    there = house.branches.all.get(errand.to)
    if errand.via or there is None or errand.queue not in there.queues:
        raise NotAllowed("There is no day on which an appointment can be had.")
    found: list[date] = []
    first = there.day_of(now) + timedelta(days=errand.days_later)
    for day in days_to_book(there, there.queue(errand.queue), now):
        if (
            first <= day
            and len(found) < DAYS_SHOWN
            and any(free for _, free in await slots_of(house, there.id, errand.queue, day))
        ):
            found.append(day)
    return found
