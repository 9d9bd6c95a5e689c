"""What people do with a request, and what happens then: `decide` and `apply`, as for a floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from queue_service.domain import request_events as events
from queue_service.domain.errors import Invalid, NotAllowed
from queue_service.domain.request_events import RequestEntry, RequestEvent
from queue_service.domain.requests import (
    MOST_PEOPLE,
    TRANSITIONS,
    Asker,
    Check,
    Dates,
    OutreachRequest,
    Person,
    State,
    Step,
    Visit,
)

SHORTEST_TEXT, LONGEST_TEXT = 5, 500
LONGEST_LIFE = 130  # years
FURTHEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Receive:
    """A new one. `services`: what the office offers on the road; `promised_by`: by its calendar."""

    office: str
    asker: Asker
    village: str
    people: tuple[Person, ...]
    promised_by: date
    source: str
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class PreCheck:
    person: str
    check: Check


@dataclass(frozen=True, slots=True)
class AskInfo:
    question: str


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    pass


@dataclass(frozen=True, slots=True)
class Schedule:
    visit: Visit


@dataclass(frozen=True, slots=True)
class TakeOut:
    people: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Into another request of the same office, which is told by `Join`."""

    into: OutreachRequest


@dataclass(frozen=True, slots=True)
class Join:
    other: OutreachRequest


@dataclass(frozen=True, slots=True)
class Decline:
    reason: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    pass


@dataclass(frozen=True, slots=True)
class ChangeContact:
    pass


@dataclass(frozen=True, slots=True)
class ChooseDates:
    """`today`: at the office."""

    first: date
    last: date
    today: date


RequestAction = (
    PreCheck
    | AskInfo
    | AnswerInfo
    | Schedule
    | TakeOut
    | Merge
    | Join
    | Decline
    | Withdraw
    | ChangeContact
    | ChooseDates
)


def receive(action: Receive, now: datetime) -> RequestEvent:
    """Raises Invalid."""
    if not action.people:
        raise Invalid("people: expected at least one person.")
    if len(action.people) > MOST_PEOPLE:
        raise Invalid("people: expected at most {most} people in one request.", most=MOST_PEOPLE)
    for person in action.people:
        if person.service not in action.services:
            raise Invalid("service: “{service}” is not offered on the road.", service=person.service)
        check_birth_year(person.birth_year, now)
    people = tuple(replace(person, id=str(n), check=Check.OPEN) for n, person in enumerate(action.people, 1))
    return events.Received(action.office, action.asker, action.village, people, action.promised_by, action.source)


def check_birth_year(year: int | None, now: datetime) -> None:
    """Raises Invalid."""
    if year is not None and not now.year - LONGEST_LIFE <= year <= now.year:
        raise Invalid(
            "birth_year: expected a year from {first} to {last}.", first=now.year - LONGEST_LIFE, last=now.year
        )


def check_dates(first: date, last: date, today: date) -> None:
    """Raises Invalid."""
    if not today < first <= last <= today + FURTHEST_AHEAD:
        raise Invalid("dates: expected days to come, the first one first.")


def decide(request: OutreachRequest, action: RequestAction) -> RequestEvent | None:
    """None when it is so already. Raises a Refusal."""
    step, work = _DECISIONS[type(action)]
    if request.state is TRANSITIONS[step][1] and step in _ENDS:
        return None
    request.check(step)
    return work(request, action)


def apply(request: OutreachRequest | None, id_: str, entry: RequestEntry) -> OutreachRequest:
    """It decides and refuses nothing: what is in the journal happened."""
    event = entry.event
    if isinstance(event, events.Received):
        return OutreachRequest(
            id_,
            event.office,
            event.asker,
            event.village,
            event.people,
            entry.at,
            event.promised_by,
            State.RECEIVED,
            entry.seq,
            entry.at,
        )
    if request is None:
        raise ValueError(f"{id_} does not begin with being received.")
    return replace(_FOLDS[type(event)](request, event), seq=entry.seq, changed_at=entry.at)


def text_given(name: str, text: str) -> str:
    """A reason or a question that others read. Raises Invalid."""
    told = " ".join(text.split())
    if not SHORTEST_TEXT <= len(told) <= LONGEST_TEXT or not told.isprintable():
        raise Invalid(
            "{asked}: expected {least} to {most} characters.", asked=name, least=SHORTEST_TEXT, most=LONGEST_TEXT
        )
    return told


def _pre_check(request: OutreachRequest, action: PreCheck) -> RequestEvent | None:
    person = request.person(action.person)
    return None if person.check is action.check else events.Checked(person.id, action.check)


def _ask(request: OutreachRequest, action: AskInfo) -> RequestEvent:
    return events.InfoAsked(text_given("question", action.question))


def _answer(request: OutreachRequest, action: AnswerInfo) -> RequestEvent:
    return events.InfoGiven()


def _schedule(request: OutreachRequest, action: Schedule) -> RequestEvent:
    visit = action.visit
    if not visit.labels or not visit.people <= {person.id for person in request.waiting}:
        raise NotAllowed("Somebody of request {request} has a visit already, or can have none.", request=request.id)
    return events.Scheduled(visit.branch, visit.day, visit.queue, visit.labels)


def _take_out(request: OutreachRequest, action: TakeOut) -> RequestEvent | None:
    placed = {person for visit in request.visits for person in visit.people}
    people = tuple(person.id for person in request.people if person.id in placed and person.id in action.people)
    return events.TakenOut(people, text_given("reason", action.reason)) if people else None


def _merge(request: OutreachRequest, action: Merge) -> RequestEvent:
    if action.into.id == request.id or action.into.office != request.office:
        raise NotAllowed("Request {request} cannot be merged into {other}.", request=request.id, other=action.into.id)
    return events.Merged(action.into.id)


def _join(request: OutreachRequest, action: Join) -> RequestEvent:
    if len(request.people) + len(action.other.people) > MOST_PEOPLE:
        raise Invalid("people: expected at most {most} people in one request.", most=MOST_PEOPLE)
    after = max(int(person.id) for person in request.people) + 1
    people = tuple(replace(person, id=str(n)) for n, person in enumerate(action.other.people, after))
    return events.Joined(action.other.id, people, min(request.promised_by, action.other.promised_by))


def _decline(request: OutreachRequest, action: Decline) -> RequestEvent:
    return events.Declined(text_given("reason", action.reason))


def _withdraw(request: OutreachRequest, action: Withdraw) -> RequestEvent:
    return events.Withdrawn()


def _change_contact(request: OutreachRequest, action: ChangeContact) -> RequestEvent:
    return events.ContactChanged()


def _choose_dates(request: OutreachRequest, action: ChooseDates) -> RequestEvent | None:
    check_dates(action.first, action.last, action.today)
    if request.dates == Dates(action.first, action.last):
        return None
    return events.DatesChosen(action.first, action.last)


_ENDS = frozenset({Step.MERGE, Step.DECLINE, Step.WITHDRAW})

_DECISIONS: Mapping[type[Any], tuple[Step, Callable[[OutreachRequest, Any], RequestEvent | None]]] = {
    PreCheck: (Step.CHECK, _pre_check),
    AskInfo: (Step.ASK, _ask),
    AnswerInfo: (Step.ANSWER, _answer),
    Schedule: (Step.SCHEDULE, _schedule),
    TakeOut: (Step.TAKE_OUT, _take_out),
    Merge: (Step.MERGE, _merge),
    Join: (Step.JOIN, _join),
    Decline: (Step.DECLINE, _decline),
    Withdraw: (Step.WITHDRAW, _withdraw),
    ChangeContact: (Step.CHANGE_CONTACT, _change_contact),
    ChooseDates: (Step.CHOOSE_DATES, _choose_dates),
}


def _checked(request: OutreachRequest, event: events.Checked) -> OutreachRequest:
    people = tuple(replace(one, check=event.check) if one.id == event.person else one for one in request.people)
    return replace(request, people=people, state=State.PRE_CHECK)


def _scheduled(request: OutreachRequest, event: events.Scheduled) -> OutreachRequest:
    """Whoever withdrew in the same moment as the visit was given has none."""
    if not request.is_open:
        return request
    visit = Visit(event.branch, event.day, event.queue, event.labels)
    return replace(request, state=State.SCHEDULED, visits=(*request.visits, visit), reason="")


def _taken_out(request: OutreachRequest, event: events.TakenOut) -> OutreachRequest:
    visits = (
        replace(visit, labels=tuple(pair for pair in visit.labels if pair[0] not in event.people))
        for visit in request.visits
    )
    left = tuple(visit for visit in visits if visit.labels)
    state = State.SCHEDULED if left else State.PRE_CHECK
    return replace(request, visits=left, state=state, reason=event.reason)


def _joined(request: OutreachRequest, event: events.Joined) -> OutreachRequest:
    return replace(request, people=request.people + event.people, promised_by=event.promised_by)


_FOLDS: Mapping[type[RequestEvent], Callable[[OutreachRequest, Any], OutreachRequest]] = {
    events.Checked: _checked,
    events.InfoAsked: lambda request, event: replace(request, state=State.NEED_INFO, question=event.question),
    events.InfoGiven: lambda request, event: replace(request, state=State.PRE_CHECK),
    events.Scheduled: _scheduled,
    events.TakenOut: _taken_out,
    events.Merged: lambda request, event: replace(request, state=State.MERGED, merged_into=event.into),
    events.Joined: _joined,
    events.Declined: lambda request, event: replace(request, state=State.DECLINED, reason=event.reason),
    events.Withdrawn: lambda request, event: replace(request, state=State.WITHDRAWN),
    events.ContactChanged: lambda request, event: request,
    events.DatesChosen: lambda request, event: replace(request, dates=Dates(event.first, event.last)),
}
