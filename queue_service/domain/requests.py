"""A request that the office come: for service in a village, a school, a care home, a prison, at a sickbed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from queue_service.domain.errors import NotAllowed, NotFound

MOST_PEOPLE = 100


class Asker(StrEnum):
    """The requesting body."""

    VILLAGE = "village"
    SCHOOL = "school"
    CARE_HOME = "care_home"
    PRISON = "prison"
    FAMILY = "family"
    AGENCY = "agency"


class Need(StrEnum):
    """What the team has to be ready for."""

    LYING = "lying"
    WHEELCHAIR = "wheelchair"
    MENTAL = "mental"
    DEAF = "deaf"
    BLIND = "blind"
    OLDER = "older"
    OTHER = "other"


class Check(StrEnum):
    """What the office found before the visit."""

    OPEN = "open"  # nobody has looked yet
    READY = "ready"
    PAPERS = "papers"  # some are missing: to be brought to the visit
    RECORDED = "recorded"  # was served before
    DUPLICATE = "duplicate"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"  # not in the register


VISITED = frozenset({Check.OPEN, Check.READY, Check.PAPERS})  # the others cannot be served on the road


class State(StrEnum):
    RECEIVED = "received"
    NEED_INFO = "need_info"
    PRE_CHECK = "pre_check"
    SCHEDULED = "scheduled"
    MERGED = "merged"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    CHECK = "check"
    ASK = "ask"
    ANSWER = "answer"
    SCHEDULE = "schedule"
    TAKE_OUT = "take_out"
    MERGE = "merge"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    CHANGE_CONTACT = "change_contact"
    CHOOSE_DATES = "choose_dates"
    JOIN = "join"


_RECEIVED, _NEED_INFO, _PRE_CHECK, _SCHEDULED, _MERGED, _DECLINED, _WITHDRAWN = State
OPEN = frozenset({_RECEIVED, _NEED_INFO, _PRE_CHECK, _SCHEDULED})
UNDECIDED = OPEN - {_SCHEDULED}

TRANSITIONS: Mapping[Step, tuple[frozenset[State], State | None]] = {  # step: (from, to); None: as it was
    Step.CHECK: (frozenset({_RECEIVED, _PRE_CHECK}), _PRE_CHECK),
    Step.ASK: (frozenset({_RECEIVED, _PRE_CHECK, _NEED_INFO}), _NEED_INFO),
    Step.ANSWER: (frozenset({_NEED_INFO}), _PRE_CHECK),
    Step.SCHEDULE: (frozenset({_RECEIVED, _PRE_CHECK, _SCHEDULED}), _SCHEDULED),
    Step.TAKE_OUT: (frozenset({_SCHEDULED}), _PRE_CHECK),  # or it stays, while others of it have a visit
    Step.MERGE: (UNDECIDED, _MERGED),
    Step.DECLINE: (UNDECIDED, _DECLINED),
    Step.WITHDRAW: (OPEN, _WITHDRAWN),
    Step.CHANGE_CONTACT: (OPEN, None),
    Step.CHOOSE_DATES: (OPEN, None),
    Step.JOIN: (UNDECIDED, None),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One of those to be served. `id` counts within the request; who it is stands in the records, encrypted."""

    id: str
    service: str
    needs: tuple[Need, ...] = ()
    birth_year: int | None = None
    check: Check = Check.OPEN


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop of a team's day. `labels`: the tickets there, each with the id of the person whose it is."""

    branch: str
    day: date
    queue: str
    labels: tuple[tuple[str, str], ...]

    @property
    def people(self) -> frozenset[str]:
        return frozenset(person for person, _ in self.labels)


@dataclass(frozen=True, slots=True)
class Dates:
    """On which those who asked would like the visit, the last one included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class OutreachRequest:
    """What its own journal says, up to `seq`. On the way and done: that the floor of the visit says."""

    id: str  # public, such as JB-26-00123
    office: str
    kind: Asker
    village: str
    people: tuple[Person, ...]
    received: datetime
    promised_by: date
    state: State
    seq: int
    changed_at: datetime
    visits: tuple[Visit, ...] = ()
    dates: Dates | None = None
    question: str = ""  # what the office wants to know
    reason: str = ""  # why it was declined, or taken out of a visit
    merged_into: str = ""

    @property
    def visit(self) -> Visit | None:
        """The one that was given last."""
        return self.visits[-1] if self.visits else None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def waiting(self) -> tuple[Person, ...]:
        """Who is still to be given a visit, and may be."""
        if not self.is_open:
            return ()
        placed = frozenset[str]().union(*(visit.people for visit in self.visits))
        return tuple(one for one in self.people if one.id not in placed and one.check in VISITED)

    def person(self, id_: str) -> Person:
        for one in self.people:
            if one.id == id_:
                return one
        raise NotFound("There is no person {person} in this request.", person=id_)

    def check(self, step: Step) -> None:
        """Raises NotAllowed when the table of transitions has no such step."""
        if self.state not in TRANSITIONS[step][0]:
            raise NotAllowed(
                "Request {request} is {state}: {step} is not possible now.",
                request=self.id,
                state=self.state,
                step=step,
            )


def possible_steps(request: OutreachRequest) -> Iterator[Step]:
    return (step for step, (allowed, _) in TRANSITIONS.items() if request.state in allowed)
