"""Referrals as staff see them: those that their branch has sent, and those that come to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from queue_service.domain.branches import Branch
from queue_service.domain.cases import Stage
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.domain.referrals import REFUSING, Reason, Referral, Standing
from queue_service.errand_papers import MADE
from queue_service.records.referrals import sent_from, sent_to
from queue_service.records.roles import Right
from queue_service.tokens import TicketName
from queue_service.web.cases import STAGE_WORDS
from queue_service.web.errands import Errand
from queue_service.web.fields import Form, read_form
from queue_service.web.house import House, TheHouse
from queue_service.web.languages import N_, clock, language_of, sentence, short_date
from queue_service.web.pages.itinerary import consent_object, to_words
from queue_service.web.pages.mistakes import PageRoute, check_own_page, said
from queue_service.web.pages.paper import page
from queue_service.web.pages.referrals import check_consent, wanted_slot
from queue_service.web.problems import status_of
from queue_service.web.referrals import (
    Wish,
    begin,
    day_of,
    errands_for,
    referral_object,
    refuse,
    report,
    ticket_of,
    withdraw,
    words_of,
)
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
    errand = Errand(house, str(await staff_with(Right.SERVE, request, branch)), None)
    known = house.branches.get(branch)
    try:
        if form.get("do") in ("refer", "offer"):
            await _begin(errand, known, form)
        else:
            await _go_on(errand, branch, form)
    except Refusal as refusal:
        return await _page(request, house, known, form, status_of(refusal), said(request, refusal, known))
    return RedirectResponse(f"/referrals/{branch}", 303)


async def _begin(errand: Errand, branch: Branch, form: Form) -> None:
    """By consent at the visitor's word, or offered, to be agreed to on their own phone. Raises a Refusal."""
    if agrees := form["do"] == "refer":
        check_consent(form)
    label, day = form.get("label", "").strip().upper(), _day(form)
    await begin(errand, branch, Wish(label, form.get("errand", ""), agrees, day, wanted_slot(form)))


async def _go_on(errand: Errand, branch: str, form: Form) -> None:
    """What each of the two agencies may do with one. Raises a Refusal."""
    id_ = form.get("referral", "")
    match form.get("do"):
        case "withdraw":
            await withdraw(errand, branch, id_)
        case "refuse":
            await refuse(errand, branch, id_, form.get("reason", ""))
        case "ready":
            await report(errand, branch, id_, form.get("paper", ""))
        case _:
            raise NotFound("There is no such referral.")


def _day(form: Form) -> date | None:
    try:
        return date.fromisoformat(form["day"]) if form.get("day") else None
    except ValueError:
        raise Invalid("day: expected a day such as 2026-11-23.") from None


async def _page(
    request: Request, house: House, branch: Branch, asked: Form, status: int = 200, problem: str = ""
) -> Response:
    language, now = language_of(request), house.floors.clock()
    begins, chosen = [], None
    if asked.get("label") and (not problem or asked.get("do") in ("refer", "offer")):
        try:
            label = asked["label"].strip().upper()
            ticket = await ticket_of(house, TicketName(branch.id, day_of(branch, house, _day(asked)), label))
            begins = errands_for(branch, ticket)
            chosen = (
                next((one for one in begins if one.id == asked.get("errand", begins[0].id)), None) if begins else None
            )
            if not begins:
                problem = problem or sentence(language, "This number's queue has no errand at another agency.")
        except Refusal as refusal:
            status, problem = status_of(refusal), said(request, refusal, branch)
    day = day_of(branch, house, None if problem else _day(asked))
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
    known = await referral_object(house, referral, language)
    assert referral.standing is not None
    due = source.local(referral.due) if referral.due else None
    return {
        "id": referral.id,
        "name": known["errand_name"],
        "from": source.name.in_language(language),
        "label": referral.label,
        "day": short_date(language, referral.day),
        "to": to_words(house, referral, plan, language),
        "number": referral.number,
        "due": f"{short_date(language, due.date())}, {clock(language, due)}" if due else "",
        "standing": sentence(language, _STAFFS_STANDINGS[referral.standing]),
        "words": words_of(referral, source, now, language),
        "can": known["can"],
        "papers": [{**paper, "words": _paper_words(paper, language)} for paper in known["papers"]],
    }


def _paper_words(paper: Json, language: str) -> str:
    if paper["stage"] and not (paper["ready"] and paper["stage"] not in MADE):
        return sentence(language, STAGE_WORDS[paper["stage"]])
    return sentence(language, STAGE_WORDS[Stage.READY] if paper["ready"] else N_("not ready"))
