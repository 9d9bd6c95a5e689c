"""Referrals as staff see them: those that their branch has sent, and those that come to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.referrals import REFUSING, ErrandPlan, Outcome, Reason, Referral, Standing, Step
from queue_service.domain.tickets import Ticket
from queue_service.records.referrals import sent_from, sent_to
from queue_service.records.roles import Right
from queue_service.tokens import TicketName
from queue_service.web.fields import Form, read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import N_, clock, language_of, sentence, short_date
from queue_service.web.pages.itinerary import consent_object, to_words, words_of
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.referrals import refer
from queue_service.web.problems import status_of
from queue_service.web.staff import csrf_of, staff_with
from queue_service.web.views import branch_short

router = APIRouter(route_class=PageRoute, include_in_schema=False)

Json = dict[str, Any]

# As staff choose among them.
REFUSAL_WORDS = {
    Reason.OTHER_AGENCY: N_("Another office is in charge"),
    Reason.NOT_NEEDED: N_("Done already"),
    Reason.INCOMPLETE: N_("Something is missing"),
    Reason.FULL: N_("No place is free"),
}
_STAFFS_STANDINGS = {
    Standing.OFFERED: N_("offered, the visitor has not answered"),
    Standing.SENT: N_("waits for an answer"),
    Standing.DELAYED: N_("the other office is away"),
    Standing.ACCEPTED: N_("has a place"),
    Standing.REFUSED: N_("refused"),
    Standing.DONE: N_("done there"),
    Standing.READY: N_("papers are ready"),
    Standing.MISSED: N_("missed or given up"),
    Standing.WITHDRAWN: N_("withdrawn"),
}


@router.get("/referrals/{branch}")
async def show(branch: str, request: Request, house: TheHouse) -> Response:
    await staff_with(Right.SERVE, request, branch)
    return await _page(request, house, house.branches.get(branch), dict(request.query_params))


@router.post("/referrals/{branch}", dependencies=[Depends(check_own_page)])
async def act(branch: str, request: Request, house: TheHouse) -> Response:
    form = await read_form(request)
    staff = await staff_with(Right.SERVE, request, branch)
    known = house.branches.get(branch)
    try:
        if form.get("do") in ("refer", "offer"):
            await _begin(house, known, form, str(staff))
        else:
            await _go_on(house, known, form, str(staff))
    except Refusal as refusal:
        return await _page(request, house, known, form, status_of(refusal), said(request, refusal, known))
    return RedirectResponse(f"/referrals/{branch}", 303)


async def _begin(house: House, branch: Branch, form: Form, by: str) -> None:
    """By consent at the visitor's word, or offered, to be agreed to on their own phone. Raises a Refusal."""
    ticket = await _ticket(house, branch, form)
    errand = branch.errand(form.get("errand", ""))
    if errand not in _errands_for(branch, ticket):
        raise Invalid("errand: this number's queue has no such errand.")
    name = TicketName(branch.id, _day(branch, house, form), ticket.label)
    known = [one for one in await house.referring.of_ticket(name) if one.errand == errand.id]
    going = next((one for one in reversed(known) if one.standing is not Standing.WITHDRAWN), None)
    if form["do"] == "offer":
        if going is not None:
            raise Invalid("This referral has been offered already.")
        await house.referring.offer(name, errand.id, by)
        return
    referral = going or house.referring.begin(name, errand.id)
    await refer(house, referral, form, by)


async def _go_on(house: House, branch: Branch, form: Form, by: str) -> None:
    """What each of the two agencies may do with one. Raises a Refusal."""
    referral = await house.referring.get(form.get("referral", ""))
    is_sender, is_receiver = referral.branch == branch.id, referral.to == branch.id and not referral.via
    match form.get("do"):
        case "withdraw" if is_sender:
            await house.referring.withdraw(referral, by)
        case "refuse" if is_receiver:
            await house.referring.refuse(referral, _reason(form), by)
        case "ready" if is_receiver:
            await house.referring.report(referral, Outcome.READY, by)
        case _:
            raise NotFound("There is no such referral.")


def _reason(form: Form) -> Reason:
    found = next((reason for reason in REFUSING if reason.value == form.get("reason")), None)
    if found is None:
        raise Invalid("reason: expected one of those that are offered.")
    return found


async def _ticket(house: House, branch: Branch, form: Form) -> Ticket:
    """Raises NotFound, Invalid."""
    floor = await house.floors.get((branch.id, _day(branch, house, form)))
    return floor.ticket(form.get("label", "").strip().upper())


def _day(branch: Branch, house: House, form: Form) -> date:
    today = branch.day_of(house.floors.clock())
    try:
        day = date.fromisoformat(form["day"]) if form.get("day") else today
    except ValueError:
        raise Invalid("day: expected a day such as 2026-11-23.") from None
    return min(day, today)


def _errands_for(branch: Branch, ticket: Ticket) -> list[ErrandPlan]:
    """Of the queues that this visit has been in."""
    been = {ticket.queue, *ticket.visited}
    return [errand for errand in branch.errands.values() if not errand.queues or been & set(errand.queues)]


async def _page(
    request: Request, house: House, branch: Branch, asked: Form, status: int = 200, problem: str = ""
) -> Response:
    language, now = language_of(request), house.floors.clock()
    begins, chosen = [], None
    if asked.get("label") and (not problem or asked.get("do") in ("refer", "offer")):
        try:
            ticket = await _ticket(house, branch, asked)
            begins = _errands_for(branch, ticket)
            chosen = (
                next((one for one in begins if one.id == asked.get("errand", begins[0].id)), None) if begins else None
            )
            if not begins:
                problem = problem or sentence(language, "This number's queue has no errand at another agency.")
        except Refusal as refusal:
            status, problem = status_of(refusal), said(request, refusal, branch)
    day = _day(branch, house, {"day": asked.get("day", "")} if not problem else {})
    consent = None
    if chosen is not None:
        source = Referral("", branch.id, day, asked.get("label", "").strip().upper(), chosen.id)
        consent = await consent_object(house, source, chosen, language)
    sent = await house.database.read(lambda connection: sent_from(connection, branch.id, now))
    come = await house.database.read(lambda connection: sent_to(connection, branch.id, now))
    return page(
        request,
        "referrals.html",
        status,
        branch=branch_short(branch, language),
        problem=problem,
        csrf=csrf_of(request),
        asked={"label": asked.get("label", ""), "day": day.isoformat()},
        today=branch.day_of(now).isoformat(),
        has_errands=bool(branch.errands),
        errands=[{"id": one.id, "name": one.name.in_language(language)} for one in begins],
        chosen=chosen.id if chosen else "",
        consent=consent,
        sent=[await _row(house, one, language) for one in sent],
        come=[await _row(house, one, language) for one in come],
        reasons=[(reason.value, sentence(language, REFUSAL_WORDS[reason])) for reason in REFUSING],
    )


async def _row(house: House, referral: Referral, language: str) -> Json:
    source, now = house.branches.get(referral.branch), house.floors.clock()
    plan = source.errands.get(referral.errand)
    assert referral.standing is not None
    due = source.local(referral.due) if referral.due else None
    return {
        "id": referral.id,
        "name": plan.name.in_language(language) if plan else referral.errand,
        "from": source.name.in_language(language),
        "label": referral.label,
        "day": short_date(language, referral.day),
        "to": to_words(house, referral, plan, language),
        "number": referral.number,
        "due": f"{short_date(language, due.date())}, {clock(language, due)}" if due else "",
        "standing": sentence(language, _STAFFS_STANDINGS[referral.standing]),
        "words": words_of(referral, source, now, language),
        "may": [step.value for step in (Step.WITHDRAW, Step.REFUSE, Step.REPORT) if referral.may(step)],
    }
