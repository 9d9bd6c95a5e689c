"""Referrals as staff make and answer them: by their pages, and by programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from queue_service.domain.asking import Field
from queue_service.domain.branches import Branch
from queue_service.domain.cases import Stage
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.referral_actions import Refer
from queue_service.domain.referrals import REFUSING, ErrandPlan, Outcome, Reason, Referral, Standing, Step
from queue_service.domain.tickets import Ticket
from queue_service.records.people.wordings import consent_id
from queue_service.referring import worth_passing_on
from queue_service.tokens import TicketName
from queue_service.web.errands import Errand
from queue_service.web.house import House
from queue_service.web.languages import N_, clock, long_date, sentence
from queue_service.web.shapes import Shape

Json = dict[str, Any]

REFUSALS = tuple(reason.value for reason in REFUSING)
MAY = {Step.WITHDRAW: "withdraw", Step.REFUSE: "refuse", Step.REPORT: "ready"}


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
PENDING_WORDS = N_("The other office has it, and will answer.")
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
    Reason.PENDING: "",
}


class PaperShape(Shape):
    """`stage`: where the other agency follows it."""

    id: str
    name: str
    ready: bool
    stage: Stage | None


class ReferralShape(Shape):
    """`label` on `day` is the number that it comes from, `number` the place there. `late`: nobody has answered by
    `answer_by`. `can`: what it allows; which of the two agencies may do it, is said above."""

    id: str
    errand: str
    errand_name: str
    branch: str
    day: date
    label: str
    to: str
    queue: str
    via: str
    standing: Standing
    words: str
    why: str
    late: bool
    reason: str
    answer_by: datetime | None
    number: str
    due_at: datetime | None
    papers: list[PaperShape]
    can: list[Literal["withdraw", "refuse", "ready"]]


class ReferralList(Shape):
    """Of the last 30 days and all that have not ended, the newest first; at most 200 of each."""

    sent: list[ReferralShape]
    come: list[ReferralShape]


async def referral_object(house: House, referral: Referral, language: str) -> Json:
    assert referral.standing is not None
    source = house.branches.get(referral.branch)
    plan = source.errands.get(referral.errand)
    words = words_of(referral, source, house.floors.clock(), language)
    return {
        "id": referral.id,
        "errand": referral.errand,
        "errand_name": plan.name.in_language(language) if plan else referral.errand,
        "branch": referral.branch,
        "day": referral.day,
        "label": referral.label,
        "to": referral.to or (plan.to if plan else ""),
        "queue": referral.queue or (plan.queue if plan else ""),
        "via": referral.via,
        "standing": referral.standing,
        "words": words["state"],
        "why": words["why"],
        "late": words["is_late"],
        "reason": referral.reason,
        "answer_by": source.local(referral.answer_by) if referral.answer_by else None,
        "number": referral.number,
        "due_at": source.local(referral.due) if referral.due else None,
        "papers": [
            {
                "id": paper.id,
                "name": paper.name.in_language(language),
                "ready": paper.is_ready,
                "stage": paper.case.stage if paper.case else None,
            }
            for paper in await house.referring.papers_of(referral)
        ],
        "can": [word for step, word in MAY.items() if referral.may(step)],
    }


@dataclass(frozen=True, slots=True)
class Wish:
    """`agrees`: the visitor has heard what goes over, and said so; else it is offered to them, on their own phone."""

    label: str
    errand: str
    agrees: bool
    day: date | None = None
    slot: datetime | None = None


async def begin(errand: Errand, branch: Branch, wish: Wish) -> Referral:
    """The same wish under the same key is one. Raises a Refusal or Unavailable."""
    house = errand.house
    name = TicketName(branch.id, day_of(branch, house, wish.day), wish.label)
    ticket = await ticket_of(house, name)
    plan = branch.errand(wish.errand)
    if plan not in errands_for(branch, ticket):
        raise Invalid("errand: this number's queue has no such errand.")
    known = [one for one in await house.referring.of_ticket(name) if one.errand == plan.id]
    id_ = _id_of(errand)
    if again := next((one for one in known if one.id == id_), None):
        return again
    going = next((one for one in reversed(known) if one.standing is not Standing.WITHDRAWN), None)
    if wish.agrees:
        return await refer(errand, going or house.referring.begin(name, plan.id, id_), wish.slot)
    if going is not None:
        raise Invalid("This referral has been offered already.")
    return await house.referring.offer(name, plan.id, errand.by, id_)


async def refer(errand: Errand, referral: Referral, wanted: datetime | None) -> Referral:
    """With consent. Raises a Refusal or Unavailable."""
    house = errand.house
    plan = house.branches.get(referral.branch).errand(referral.errand)
    fields = tuple(field.value for field in await fields_to_give(house, referral, plan))
    action = Refer(referral, plan.id, consent_id(plan), fields, wanted)
    return await house.referring.refer(action, errand.by, errand.request)


def _id_of(errand: Errand) -> str:
    """Empty: drawn at random."""
    if errand.request is None:
        return ""
    told = f"{errand.by}\n{errand.request.key}\n{errand.request.fingerprint}"
    return errand.house.secrets.digest("referral", told.encode())[:8].hex()


async def withdraw(errand: Errand, branch: str, id_: str) -> Referral:
    """By whoever has sent it. Raises a Refusal or Unavailable."""
    referral = await errand.house.referring.get(id_)
    if referral.branch != branch:
        raise NotFound("There is no such referral.")
    return await errand.house.referring.withdraw(referral, errand.by, errand.request)


async def refuse(errand: Errand, branch: str, id_: str, reason: str) -> Referral:
    """Raises a Refusal or Unavailable."""
    referral = await _come_to(errand, branch, id_)
    if reason not in REFUSALS:
        raise Invalid("reason: expected one of those that are offered.")
    return await errand.house.referring.refuse(referral, Reason(reason), errand.by, errand.request)


async def report(errand: Errand, branch: str, id_: str, paper: str) -> Referral:
    """That it is ready; without one, that all are. Raises a Refusal or Unavailable."""
    referral = await _come_to(errand, branch, id_)
    if paper:
        return await errand.house.referring.report_paper(referral, paper, errand.by)
    return await errand.house.referring.report(referral, Outcome.READY, errand.by)


async def _come_to(errand: Errand, branch: str, id_: str) -> Referral:
    referral = await errand.house.referring.get(id_)
    if referral.to != branch or referral.via:
        raise NotFound("There is no such referral.")
    return referral


async def ticket_of(house: House, name: TicketName) -> Ticket:
    """Raises NotFound."""
    return (await house.floors.get((name.branch, name.day))).ticket(name.label)


def day_of(branch: Branch, house: House, day: date | None) -> date:
    today = branch.day_of(house.floors.clock())
    return min(day or today, today)


def errands_for(branch: Branch, ticket: Ticket) -> list[ErrandPlan]:
    """Of the queues that this visit has been in."""
    been = {ticket.queue, *ticket.visited}
    return [errand for errand in branch.errands.values() if not errand.queues or been & set(errand.queues)]


def words_of(referral: Referral, source: Branch, now: datetime, language: str) -> Json:
    """`is_late`: nobody has answered by the time that was promised."""
    assert referral.standing is not None
    is_pending = referral.standing is Standing.DELAYED and referral.reason == Reason.PENDING
    said = sentence(language, PENDING_WORDS if is_pending else STANDING_WORDS[referral.standing])
    if referral.standing is Standing.REFUSED and (why := REASON_WORDS[Reason(referral.reason)]):
        return {"state": said, "why": sentence(language, why), "is_late": False}
    if referral.is_unanswered(now) and referral.answer_by is not None:
        local = source.local(referral.answer_by)
        late = N_("No answer by {time} on {day}, though it was promised. Please ask at the counter that referred you.")
        why = sentence(language, late, time=clock(language, local), day=long_date(language, local.date()))
        return {"state": said, "why": why, "is_late": True}
    return {"state": said, "why": "", "is_late": False}


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
