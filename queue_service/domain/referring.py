"""Decisions about referrals. They are made on the day on which they are made, whatever day the ticket is of: so each
action brings along how far the referral had come, and what this day's journal says of it is newer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from queue_service.domain.errors import Invalid, NotAllowed, NotFound
from queue_service.domain.events import Event
from queue_service.domain.floors import Floor
from queue_service.domain.referral_actions import Accept, CloseReferral, Delay, Offer, Refer, Refuse, ReportPaper
from queue_service.domain.referral_events import (
    ReferralAccepted,
    ReferralClosed,
    ReferralDelayed,
    ReferralOffered,
    ReferralPaperReady,
    ReferralRefused,
    Referred,
)
from queue_service.domain.referrals import Outcome, Referral, Step, caught_up


def known(floor: Floor, referral: Referral) -> Referral:
    return caught_up(referral, floor.day, floor.referrals.get(referral.id, ()))


def offer(floor: Floor, action: Offer, now: datetime) -> Event | None:
    now_known = known(floor, action.referral)
    if now_known.standing is not None:
        return None
    floor.branch.errand(action.errand)
    _check_ticket(floor, now_known)
    return ReferralOffered(now_known.id, now_known.label, action.errand, of=_of(floor, now_known))


def refer(floor: Floor, action: Refer, now: datetime) -> Event:
    now_known = known(floor, action.referral)
    now_known.check(Step.REFER)
    errand = floor.branch.errand(action.errand)
    _check_ticket(floor, now_known)
    if strange := [name for name in action.fields if name not in errand.gives]:
        raise Invalid("{asked}: this errand does not pass that on.", asked=strange[0])
    if action.wanted is not None and action.wanted <= now:
        raise NotAllowed("That time is over.")
    return Referred(
        now_known.id,
        now_known.label,
        errand.id,
        errand.to,
        errand.queue,
        now + timedelta(minutes=errand.answer_minutes),
        action.wording,
        action.fields,
        now_known.attempt + 1,
        errand.via,
        action.wanted,
        of=_of(floor, now_known),
    )


def delay(floor: Floor, action: Delay, now: datetime) -> Event | None:
    now_known = known(floor, action.referral)
    if not now_known.may(Step.DELAY) or now_known.reason == action.reason:
        return None
    return ReferralDelayed(now_known.id, now_known.label, action.reason.value, of=_of(floor, now_known))


def accept(floor: Floor, action: Accept, now: datetime) -> Event | None:
    now_known = known(floor, action.referral)
    now_known.check(Step.ACCEPT)
    if action.attempt != now_known.attempt:
        raise NotAllowed("This referral has been sent already.")
    if (now_known.number, now_known.on, now_known.due) == (action.number, action.on, action.due):
        return None
    of, on = _of(floor, now_known), action.on.isoformat()
    return ReferralAccepted(now_known.id, now_known.label, action.number, on, action.due, of=of)


def refuse(floor: Floor, action: Refuse, now: datetime) -> Event:
    now_known = known(floor, action.referral)
    now_known.check(Step.REFUSE)
    return ReferralRefused(now_known.id, now_known.label, action.reason.value, of=_of(floor, now_known))


def report_paper(floor: Floor, action: ReportPaper, now: datetime) -> tuple[Event, ...]:
    now_known, paper = known(floor, action.referral), action.paper
    if paper in now_known.ready:
        return ()
    now_known.check(Step.REPORT)
    papers = {one.id for one in floor.branch.errand(now_known.errand).papers}
    if paper not in papers:
        raise NotFound("This errand has no such paper.")
    of = _of(floor, now_known)
    ready = ReferralPaperReady(now_known.id, now_known.label, paper, of=of)
    if papers - {*now_known.ready, paper}:
        return (ready,)
    return ready, ReferralClosed(now_known.id, now_known.label, Outcome.READY.value, of=of)


CLOSING = {
    Outcome.DONE: Step.FINISH,
    Outcome.READY: Step.REPORT,
    Outcome.MISSED: Step.MISS,
    Outcome.WITHDRAWN: Step.WITHDRAW,
}


def close(floor: Floor, action: CloseReferral, now: datetime) -> Event | None:
    now_known = known(floor, action.referral)
    if now_known.standing == action.outcome.value:
        return None
    now_known.check(CLOSING[action.outcome])
    return ReferralClosed(now_known.id, now_known.label, action.outcome.value, of=_of(floor, now_known))


def _of(floor: Floor, referral: Referral) -> str:
    return "" if referral.day == floor.day else referral.day.isoformat()


def _check_ticket(floor: Floor, referral: Referral) -> None:
    """Raises NotFound, NotAllowed."""
    if referral.day == floor.day:
        floor.ticket(referral.label)
    elif referral.day > floor.day:
        raise NotAllowed("That is for {day}; the day is still to come.", day=referral.day.isoformat())


REFERRING: Mapping[type[Any], Callable[[Floor, Any, datetime], Event | tuple[Event, ...] | None]] = {
    Offer: offer,
    Refer: refer,
    Delay: delay,
    Accept: accept,
    Refuse: refuse,
    ReportPaper: report_paper,
    CloseReferral: close,
}
