"""The shapes of the HTTP contract: what OpenAPI says, and what the answers are checked against."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

State = Literal["open", "paused", "closed"]
TicketState = Literal["waiting", "called", "serving", "held", "no_show", "completed", "cancelled", "booked"]


def _spelt_day(value: Any) -> Any:
    """Else a bare number would be taken for seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise PydanticCustomError("date_parsing", "expected a day such as 2026-11-23")
    return value


Day = Annotated[date, BeforeValidator(_spelt_day)]


class Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True)


class Wait(Shape):
    """Seconds: half of the visitors wait at most `p50`, four of five at most `p80`."""

    p50: int
    p80: int


class DecreeShape(Shape):
    """`holds`: on this day; `expired`: it has before."""

    number: str
    version: str
    first: date | None = Field(alias="from")
    last: date | None = Field(alias="to")
    holds: bool
    expired: bool


class StandardShape(Shape):
    """What the agency publishes of a service. `promise`: 30m, 24h or 2d (working days), from when its first counter
    begins; `promise_words`: the same for people."""

    requirements: list[str]
    steps: list[str]
    promise: str | None
    promise_words: str | None
    fee: str | None
    product: str | None
    complaints: str | None
    decree: DecreeShape | None


class PromiseShape(Shape):
    """`outlook` near: most of the time is gone; over: it was not kept."""

    due_at: datetime
    outlook: Literal["open", "near", "over"]


class SpanShape(Shape):
    """Local times."""

    opens: str = Field(alias="from", examples=["08:00"])
    closes: str = Field(alias="to", examples=["14:00"])


class HoursShape(SpanShape):
    """Weekdays from Monday (1)."""

    days: list[int]


class TodayShape(Shape):
    """`hours` null: all day long; empty: nobody is served. `name`: of a holiday, or of a season with other hours.
    `opens_next`: when service begins again; null while it is open."""

    hours: list[SpanShape] | None
    name: str | None
    opens_next: str | None


class QueueShape(Shape):
    """`wait` is for somebody who would take a number now; null when it is not known. `hours` null: always open.
    `walk_in` false: no numbers are given for it, since visitors come from other queues.
    `asks`: what a visitor gives of themselves here; `purpose`: why, in words to be shown before they do.
    """

    id: str
    name: str
    state: State
    waiting: int
    wait: Wait | None
    walk_in: bool
    hours: list[HoursShape] | None
    today: TodayShape
    asks: dict[str, Literal["optional", "required"]] = {}
    purpose: str | None = None
    one_claim_per_person: bool = False
    standard: StandardShape | None = None


class CounterShort(Shape):
    id: str
    name: str
    state: State
    queues: list[str]
    ticket: str | None


class ClassShape(Shape):
    """`minutes`: how much earlier than its arrival a ticket of this class is due."""

    id: str
    name: str
    minutes: int


class JourneyShape(Shape):
    """`stops`: stages in their order, each of one queue or of several to be visited in any order. `left`: how many
    numbers of today are left of its quota; null where it has none. `followed`: its papers get a request number."""

    id: str
    name: str
    stops: list[list[str]]
    left: int | None = None
    followed: bool = False
    standard: StandardShape | None = None


class BranchShort(Shape):
    id: str
    name: str
    timezone: str


class BranchList(Shape):
    branches: list[BranchShort]


class BranchShape(BranchShort):
    day: date
    queues: list[QueueShape]
    counters: list[CounterShort]
    classes: list[ClassShape]
    journeys: list[JourneyShape]


class ComingShape(Shape):
    """When a team that travels comes; `stops`: how many it has to finish before. `earliest` and `latest`: epoch
    milliseconds, of which only the dates count for a week and a day."""

    coming: Literal["week", "day", "hour", "live", "there", "left", "cancelled"]
    stops: int
    earliest: int
    latest: int


class QueueSnapshot(Shape):
    """The stream's `queue` object, and the day. `trip`: only for a stop of a team that travels; `away`: since when its
    day is in the field."""

    type: Literal["queue"]
    branch: str
    queue: str
    epoch: str
    seq: int
    at: int
    state: State
    waiting: list[tuple[str, int, int]]
    now: list[tuple[str, str, Literal["called", "serving"]]]
    wait: list[tuple[int, int, int]]
    why: list[tuple[str | None, str]]
    trip: ComingShape | None = None
    away: int | None = None
    day: date


# About the NIK that was given: it was taken, and its holder may want to look at it again.
DoubtWord = Literal["province", "birth", "serial"]


class IssuedTicket(Shape):
    label: str
    token: str
    url: str
    branch: str
    day: date
    queue: str
    ahead: int
    wait: Wait | None
    doubts: list[DoubtWord] = []


class PlaceShape(Shape):
    label: str
    due: datetime
    why: str


class OrderShape(Shape):
    """In the order in which they would be called if nobody else came; `rules` and `why` are for people."""

    branch: str
    queue: str
    day: date
    seq: int
    rules: list[str]
    order: list[PlaceShape]


class StopShape(Shape):
    """One stop of a visit. `ahead` and `wait`: for this visitor where they stand in line, else for who comes now."""

    queue: str
    state: str
    ahead: int | None
    wait: Wait | None


class TicketShape(Shape):
    """The stream's `ticket` object, with the number of people ahead and the wait."""

    type: Literal["ticket"]
    label: str
    branch: str
    day: date
    queue: str
    state: TicketState
    counter: str | None
    steps: list[tuple[str, str]]
    epoch: str
    seq: int
    calls: int
    announced_at: int | None
    callable_at: int | None
    away_until: int | None
    slot: int | None
    released: bool
    lapsed: bool
    reminded: int | None
    kept: tuple[date, str] | None
    suspended_until: int | None
    alternatives: list[str]
    trip: ComingShape | None = None
    errands: list[tuple[str, str, int]]  # id, standing, and a number that grows with whatever is told of it
    can: list[Literal["cancel", "step-away", "check-in", "feedback", "move", "postpone"]]
    ahead: int | None
    wait: Wait | None
    stops: list[StopShape]
    promise: PromiseShape | None = None


class TicketAtCounter(Shape):
    """`ahead`: the stages of its journey that are to come, beside what is open besides."""

    label: str
    queue: str
    state: Literal["called", "serving"]
    ticket_class: str = Field(alias="class")
    issued_at: datetime
    called_at: datetime
    serving_at: datetime | None
    calls: int
    beside: list[str]
    ahead: list[list[str]]
    promise: PromiseShape | None = None


class NextTicket(Shape):
    label: str
    queue: str
    ticket_class: str = Field(alias="class")
    due_at: datetime
    issued_at: datetime
    why: str


class Unattended(Shape):
    """Called at another counter, where nothing has followed for long: `take-over` brings it here."""

    label: str
    queue: str
    counter: str
    since: datetime


class Pressing(PromiseShape):
    """Waits here, and is about to be kept longer than was promised, or is by now."""

    label: str
    queue: str


class SetAside(Shape):
    label: str
    queue: str
    state: Literal["held", "no_show"]
    callable_at: int | None


class InLine(Shape):
    label: str
    queue: str
    ticket_class: str = Field(alias="class")
    issued_at: datetime


class CounterShape(Shape):
    """`line`: whom the rules would call here, in their order; only of a team that travels, and may lose its link."""

    id: str
    name: str
    branch: str
    state: State
    queues: list[str]
    ticket: TicketAtCounter | None
    next: NextTicket | None
    set_aside: list[SetAside]
    unattended: list[Unattended]
    pressing: list[Pressing] = []
    waiting: int
    undo: str | None
    line: list[InLine] = []
    seq: int


class ActedOn(Shape):
    """The ticket that an action of a counter was about, as it is now."""

    label: str
    branch: str
    queue: str
    state: TicketState
    counter: str | None


class PlaceNow(Shape):
    label: str
    queue: str
    ticket_class: str = Field(alias="class")
    due_at: datetime
    ahead: int | None


class SuspendedShape(Shape):
    """`told`: how many wait there, or have an appointment."""

    queue: str
    day: date
    suspended_until: datetime | None
    told: int


class NoticeShape(Shape):
    text: str
    until: datetime
    queue: str | None


Json = dict[str, Any]
