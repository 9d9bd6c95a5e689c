"""A visitor's errand across agencies, on the page of each of its numbers: every step in order, and how each stands.

Only who holds a number is told of the others: their tokens are made here, for this page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from queue_service.domain.branches import Branch
from queue_service.domain.cases import Case, Stage
from queue_service.domain.floors import Floor
from queue_service.domain.folding_referrals import referrals_from
from queue_service.domain.names import Name
from queue_service.domain.referrals import ErrandPlan, Reason, Referral, Standing
from queue_service.domain.tickets import Status, Ticket
from queue_service.errand_papers import MADE, PaperNow
from queue_service.tokens import TicketName
from queue_service.web.cases import STAGE_WORDS, token_of
from queue_service.web.house import House
from queue_service.web.languages import N_, clock, long_date, sentence
from queue_service.web.pages.persons import field_words
from queue_service.web.referrals import fields_to_give, words_of

Json = dict[str, Any]


async def errands_of(house: House, name: TicketName, floor: Floor, language: str) -> list[Json]:
    """Those that this number has a part in, the oldest first. Nothing is asked of the database for a number of today
    that has none."""
    ticket = floor.ticket(name.label)
    found = [await house.referring.get(ticket.referral)] if ticket.referral else []
    if name.day == floor.branch.day_of(house.floors.clock()):
        found += referrals_from(floor, name.label)
    elif name.day < floor.branch.day_of(house.floors.clock()):
        found += await house.referring.of_ticket(name)
    return [await errand_object(house, name, one, language) for one in found]


async def errand_object(house: House, here: TicketName, referral: Referral, language: str) -> Json:
    now = house.floors.clock()
    source = house.branches.get(referral.branch)
    plan = source.errands.get(referral.errand)
    is_mine = here == TicketName(referral.branch, referral.day, referral.label)
    place = await house.referring.place_of(referral) if referral.standing is not None else None
    first = await _step(house, TicketName(referral.branch, referral.day, referral.label), here, language)
    there = _step_elsewhere(referral, source, language) if place is None else await _step(house, place, here, language)
    is_offered = is_mine and referral.standing is Standing.OFFERED and plan is not None
    papers = await _papers(house, referral, plan, language)
    return {
        "id": referral.id,
        "name": plan.name.in_language(language) if plan else referral.errand,
        "standing": referral.standing,
        "is_open": referral.is_open,
        "words": {**words_of(referral, source, now, language), **_what_next(referral, there, papers, language)},
        "steps": [step for step in (first, there) if step],
        "to": to_words(house, referral, plan, language),
        "papers": papers,
        "names_papers": bool(plan and plan.papers),
        "services": [service.in_language(language) for service in plan.services] if plan else [],
        "at": _place_words(house, referral, plan, language),
        "brings": [thing.in_language(language) for thing in _brings(house, plan)] if plan else [],
        "consent": await consent_object(house, referral, plan, language) if is_offered and plan else None,
        "can_withdraw": is_mine and referral.standing in (Standing.SENT, Standing.DELAYED),
        "can_choose": is_mine and plan is not None and not plan.via and may_choose(referral),
    }


def _place_words(house: House, referral: Referral, plan: ErrandPlan | None, language: str) -> str:
    """The other agency, without its queue."""
    to = referral.to or (plan.to if plan else "")
    there = house.branches.all.get(to)
    return there.name.in_language(language) if there else to


def may_choose(referral: Referral) -> bool:
    """Whether another day would help."""
    is_full = referral.standing is Standing.REFUSED and referral.reason == Reason.FULL
    return is_full or referral.standing in (Standing.OFFERED, Standing.MISSED)


def to_words(house: House, referral: Referral, plan: ErrandPlan | None, language: str) -> str:
    """Where it leads."""
    to, queue = (referral.to, referral.queue) if referral.to else (plan.to, plan.queue) if plan else ("", "")
    there = house.branches.all.get(to)
    if there is None:
        return to
    known = there.queues.get(queue)
    return there.name.in_language(language) + (f" · {known.name.in_language(language)}" if known else "")


async def consent_object(house: House, referral: Referral, plan: ErrandPlan, language: str) -> Json:
    """What would go over of what is known here, in words; and what is said of it."""
    fields = await fields_to_give(house, referral, plan)
    words = field_words(language)
    return {
        "words": plan.consent.in_language(language),
        "fields": [words[asked] for asked in fields],
        "to": to_words(house, referral, plan, language),
    }


async def _step(house: House, name: TicketName, here: TicketName, language: str) -> Json | None:
    branch = house.branches.all.get(name.branch)
    if branch is None:
        return None
    floor = await house.floors.get((name.branch, name.day), name.label)
    ticket = floor.tickets.get(name.label)
    if ticket is None:
        return None
    today = branch.day_of(house.floors.clock())
    queue = floor.branch.queues.get(ticket.queue)
    local = branch.local(ticket.slot) if ticket.slot else None
    return {
        "branch": branch.name.in_language(language),
        "queue": queue.name.in_language(language) if queue else ticket.queue,
        "label": name.label,
        "day": long_date(language, name.day),
        "time": clock(language, local) if local else "",
        "state": _state(ticket, name.day, today),
        "token": None if name == here else house.tokens.token_of(name),
        "is_live": name != here and name.day == today and ticket.status not in (Status.COMPLETED, Status.CANCELLED),
    }


def _step_elsewhere(referral: Referral, source: Branch, language: str) -> Json | None:
    """At an agency whose numbers have no page here."""
    if not referral.via or referral.on is None or referral.due is None:
        return None
    states = {Standing.ACCEPTED: "booked", Standing.MISSED: "no_show", Standing.REFUSED: "cancelled"}
    return {
        "branch": referral.to,
        "queue": referral.queue,
        "label": referral.number,
        "day": long_date(language, referral.on),
        "time": clock(language, source.local(referral.due)),
        "state": states.get(referral.standing, "completed") if referral.standing else "booked",
        "token": None,
        "is_live": False,
    }


def _state(ticket: Ticket, day: date, today: date) -> str:
    """Of a day that is over, nobody waits any more."""
    if day >= today or ticket.status in (Status.COMPLETED, Status.CANCELLED):
        return ticket.status.value
    return "no_show" if ticket.status in (Status.BOOKED, Status.NO_SHOW) else "over"


def _brings(house: House, plan: ErrandPlan) -> Sequence[Name]:
    """As the errand has it, else as the other agency publishes it."""
    there = house.branches.all.get(plan.to)
    if plan.brings or there is None or plan.via:
        return plan.brings
    journeys = [there.journeys[paper.id] for paper in plan.papers if paper.id in there.journeys]
    queue = there.queues.get(plan.queue)
    needed = [thing for journey in journeys if journey.standard for thing in journey.standard.requirements]
    if not needed and queue and queue.standard:
        return queue.standard.requirements
    return list(dict.fromkeys(needed))


async def _papers(house: House, referral: Referral, plan: ErrandPlan | None, language: str) -> list[Json]:
    """The last steps, once there is somebody to make them: one for each paper, where the errand names them."""
    if referral.standing not in (Standing.ACCEPTED, Standing.DONE, Standing.READY):
        return []
    papers = await house.referring.papers_of(referral) if plan else []
    if papers:
        return [_paper(house, referral, paper, language) for paper in papers]
    is_ready = referral.standing is Standing.READY
    state, words = _paper_state(referral, is_ready=is_ready)
    name = sentence(language, "Collecting the papers")
    return [{"name": name, "state": state, "words": sentence(language, words), "page": "", "due": "", "reason": ""}]


def _what_next(referral: Referral, there: Json | None, papers: Sequence[Json], language: str) -> Json:
    """Instead of how it stands: when to be where, and how many papers can be fetched."""
    ready = sum(paper["state"] == "completed" for paper in papers)
    if referral.standing is Standing.ACCEPTED and not ready and there and there["time"]:
        told = N_("Come to {place} on {day} at {time}")
        return {"state": sentence(language, told, place=there["branch"], day=there["day"], time=there["time"])}
    if referral.standing is Standing.READY or not ready:
        return {}
    told = N_("{ready} of {all} papers can be collected")
    return {"state": sentence(language, told, ready=ready, all=len(papers))}


def _paper_state(referral: Referral, *, is_ready: bool) -> tuple[str, str]:
    if is_ready:
        return "completed", N_("ready to be picked up")
    return ("serving", N_("being made")) if referral.standing is Standing.DONE else ("ahead", N_("later"))


def _paper(house: House, referral: Referral, paper: PaperNow, language: str) -> Json:
    case, due = paper.case, ""
    state, words = _paper_state(referral, is_ready=paper.is_ready)
    if case is not None and not (paper.is_ready and case.stage not in MADE):
        state, words = "completed" if case.stage in MADE else "serving", STAGE_WORDS[case.stage]
        if case.stage not in MADE and case.due is not None:
            day = house.branches.get(case.branch).local(case.due).date()
            due = sentence(language, "Promised by {day}", day=long_date(language, day))
    return {
        "name": paper.name.in_language(language),
        "state": state,
        "words": sentence(language, words),
        "page": f"/p/{token_of(house, case)}" if case else "",
        "due": due or (_where(house, referral, case, language) if state == "completed" else ""),
        "reason": case.reason if case else "",
    }


def _where(house: House, referral: Referral, case: Case | None, language: str) -> str:
    """To be fetched, unless it was."""
    if case is not None and case.stage is Stage.HANDED_OVER:
        return ""
    return sentence(language, "Collect it at {place}", place=_place_words(house, referral, None, language))
