"""A visitor's errand across agencies, on the page of each of its numbers: every step in order, and how each stands.

Only who holds a number is told of the others: their tokens are made here, for this page.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.domain.floors import Floor
from queue_service.domain.folding_referrals import referrals_from
from queue_service.domain.names import Name
from queue_service.domain.referrals import ErrandPlan, Reason, Referral, Standing
from queue_service.domain.tickets import Status, Ticket
from queue_service.referring import worth_passing_on
from queue_service.tokens import TicketName
from queue_service.web.cases import STAGE_WORDS, token_of
from queue_service.web.house import House
from queue_service.web.languages import N_, clock, long_date, sentence
from queue_service.web.pages.persons import field_words

Json = dict[str, Any]

STANDING_WORDS = {
    Standing.OFFERED: N_("You can have an appointment there"),
    Standing.SENT: N_("Being arranged"),
    Standing.DELAYED: N_("The other office cannot be reached just now. It is tried again by itself."),
    Standing.ACCEPTED: N_("Arranged"),
    Standing.REFUSED: N_("Not arranged"),
    Standing.DONE: N_("Done there. Your papers are being made."),
    Standing.READY: N_("Your papers are ready to be collected"),
    Standing.MISSED: N_("You did not come, or gave the appointment up"),
    Standing.WITHDRAWN: N_("Withdrawn"),
}
REASON_WORDS = {
    Reason.FULL: N_("There is no free place on these days."),
    Reason.CLOSED: N_("The service takes nobody there at present."),
    Reason.CLAIMED: N_("You have a number or appointment there already."),
    Reason.INCOMPLETE: N_(
        "Something that the other office asks for is not known here. Please make the appointment there."
    ),
    Reason.OTHER_AGENCY: N_("Another office is in charge of it. Please ask at the counter."),
    Reason.NOT_NEEDED: N_("It has been done already."),
    Reason.AWAY: "",
}


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
    return {
        "id": referral.id,
        "name": plan.name.in_language(language) if plan else referral.errand,
        "standing": referral.standing,
        "is_open": referral.is_open,
        "words": words_of(referral, source, now, language),
        "steps": [step for step in (first, there) if step],
        "to": to_words(house, referral, plan, language),
        "papers": await _papers(house, referral, language),
        "services": [service.in_language(language) for service in plan.services] if plan else [],
        "brings": [thing.in_language(language) for thing in _brings(house, plan)] if plan else [],
        "consent": await consent_object(house, referral, plan, language) if is_offered and plan else None,
        "can_withdraw": is_mine and referral.standing in (Standing.SENT, Standing.DELAYED),
        "can_choose": is_mine and plan is not None and not plan.via and may_choose(referral),
    }


def may_choose(referral: Referral) -> bool:
    """Whether another day would help."""
    is_full = referral.standing is Standing.REFUSED and referral.reason == Reason.FULL
    return is_full or referral.standing in (Standing.OFFERED, Standing.MISSED)


def words_of(referral: Referral, source: Branch, now: datetime, language: str) -> Json:
    """`is_late`: nobody has answered by the time that was promised."""
    assert referral.standing is not None
    said = sentence(language, STANDING_WORDS[referral.standing])
    if referral.standing is Standing.REFUSED and (why := REASON_WORDS[Reason(referral.reason)]):
        return {"state": said, "why": sentence(language, why), "is_late": False}
    if referral.is_unanswered(now) and referral.answer_by is not None:
        local = source.local(referral.answer_by)
        late = N_("No answer by {time} on {day}, though it was promised. Please ask at the counter that referred you.")
        why = sentence(language, late, time=clock(language, local), day=long_date(language, local.date()))
        return {"state": said, "why": why, "is_late": True}
    return {"state": said, "why": "", "is_late": False}


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


async def fields_to_give(house: House, referral: Referral, plan: ErrandPlan) -> tuple[Field, ...]:
    """No more than the errand gives, the other agency asks for, and is known here."""
    there = house.branches.all.get(plan.to)
    queue = there.queues.get(plan.queue) if there and not plan.via else None
    asked = [field for field in plan.gives if plan.via or (queue is not None and field in queue.asks.needs)]
    if not asked:
        return ()
    try:
        person = await house.people.get((referral.branch, referral.day, referral.label))
    except NotFound:
        return ()
    known = worth_passing_on(person)
    return tuple(field for field in asked if field in known)


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
    is_over = day < today and ticket.status not in (Status.COMPLETED, Status.CANCELLED)
    return "no_show" if is_over else ticket.status.value


def _brings(house: House, plan: ErrandPlan) -> Sequence[Name]:
    """As the errand has it, else as the other agency publishes it."""
    there = house.branches.all.get(plan.to)
    if plan.brings or there is None or plan.via:
        return plan.brings
    followed, queue = there.journeys.get(plan.papers), there.queues.get(plan.queue)
    standards = (followed.standard if followed else None, queue.standard if queue else None)
    return next((standard.requirements for standard in standards if standard and standard.requirements), ())


async def _papers(house: House, referral: Referral, language: str) -> Json | None:
    """The last step, once there is somebody to make them."""
    if referral.standing not in (Standing.ACCEPTED, Standing.DONE, Standing.READY):
        return None
    is_ready = referral.standing is Standing.READY
    state = "completed" if is_ready else "serving" if referral.standing is Standing.DONE else "ahead"
    words = sentence(language, N_("ready") if is_ready else N_("being made") if state == "serving" else N_("later"))
    paper = None if state == "ahead" else await house.referring.paper_of(referral)
    if paper is None:
        return {"state": state, "words": words, "page": ""}
    return {
        "state": state,
        "words": sentence(language, STAGE_WORDS[paper.stage]),
        "page": f"/c/{token_of(house, paper)}",
    }
