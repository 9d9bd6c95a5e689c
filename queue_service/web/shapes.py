"""The shapes of the HTTP contract: what OpenAPI says, and what the answers are checked against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
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
    """`wait` is for somebody who would take a number now; null when it is not known. `hours` null: always open."""

    id: str
    name: str
    state: State
    waiting: int
    wait: Wait | None
    hours: list[HoursShape] | None
    today: TodayShape


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


class QueueSnapshot(Shape):
    """The stream's `queue` object, and the day."""

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
    day: date


class IssuedTicket(Shape):
    label: str
    token: str
    url: str
    branch: str
    day: date
    queue: str
    ahead: int
    wait: Wait | None


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


class DaysShape(Shape):
    """Those on which an appointment may be had."""

    days: list[date]


class SlotShape(Shape):
    at: datetime
    free: int


class SlotsShape(Shape):
    """`capacity` at each time, `overbooked_to` where not all come who book: `show_rate` of them do."""

    day: date
    capacity: int
    overbooked_to: int
    show_rate: float | None = None
    slots: list[SlotShape]


class BookedTicket(Shape):
    label: str
    token: str
    url: str
    branch: str
    day: date
    queue: str
    slot: datetime


class EntryTicket(Shape):
    """What somebody who waited was given."""

    label: str
    token: str
    url: str
    slot: datetime


class EntryShape(Shape):
    """One entry of a draw or of a waiting list; `ahead`: how many on the list come before."""

    entry: str
    branch: str
    day: date
    queue: str
    state: Literal["entered", "waiting", "given", "withdrawn"]
    ahead: int | None
    ticket: EntryTicket | None


class NewEntry(Shape):
    entry: str
    token: str
    url: str
    branch: str
    day: date
    queue: str


class DrawShape(Shape):
    """`commitment`: SHA-256 of the seed. `list_digest` once it is closed, `seed` once it is drawn: see docs/draw.md."""

    branch: str
    day: date
    queue: str
    state: Literal["announced", "open", "closed", "drawn"]
    quota: int
    opens: datetime
    closes: datetime
    drawn_at: datetime
    entered: int
    commitment: str
    list_digest: str | None
    seed: str | None


class GivenShape(Shape):
    entry: str
    label: str


class DrawRecord(DrawShape):
    """All that is published, for checking: the list in its order, the drawn order, and who was given what by it."""

    entries: list[str]
    order: list[str]
    given: list[GivenShape]
    withdrawn: list[str]  # since


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
    can: list[Literal["cancel", "step-away", "check-in", "feedback"]]
    ahead: int | None
    wait: Wait | None


class TicketAtCounter(Shape):
    label: str
    queue: str
    state: Literal["called", "serving"]
    ticket_class: str = Field(alias="class")
    issued_at: datetime
    called_at: datetime
    serving_at: datetime | None
    calls: int


class NextTicket(Shape):
    label: str
    queue: str
    ticket_class: str = Field(alias="class")
    due_at: datetime
    issued_at: datetime


class SetAside(Shape):
    label: str
    queue: str
    state: Literal["held", "no_show"]
    callable_at: int | None


class CounterShape(Shape):
    id: str
    name: str
    branch: str
    state: State
    queues: list[str]
    ticket: TicketAtCounter | None
    next: NextTicket | None
    set_aside: list[SetAside]
    waiting: int
    undo: str | None
    seq: int


class ActedOn(Shape):
    """The ticket that an action of a counter was about, as it is now."""

    label: str
    branch: str
    queue: str
    state: TicketState
    counter: str | None


class NoticeShape(Shape):
    text: str
    until: datetime
    queue: str | None


# What is asked


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def holds_text(cls, value: Any) -> Any:
        """JSON can spell half a character, and a NUL that some databases refuse; neither is text."""
        for text in _texts(value):
            if "\0" in text or not _is_text(text):
                raise ValueError("expected text, without control bytes and halves of characters")
        return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class IssueBody(Body):
    queue: str = Field(examples=["poli-anak"])
    ticket_class: str = Field("general", alias="class")


class AppointmentBody(IssueBody):
    slot: datetime = Field(examples=["2026-11-24T09:00:00+07:00"])


class RescheduleBody(Body):
    slot: datetime = Field(examples=["2026-11-24T09:00:00+07:00"])


class OpenBody(Body):
    queues: Annotated[list[str], Field(min_length=1, max_length=100)] | None = None


class CallBody(Body):
    label: str = Field(examples=["A-012"])


class RequeueBody(Body):
    """`label` names a held or missed ticket; without it, the ticket at this counter."""

    after_minutes: Annotated[int, Field(ge=0, le=480)] | None = None
    label: str | None = None


class TransferBody(Body):
    queue: str


class FeedbackBody(Body):
    """1 is the worst, 4 the best: the scale of the national satisfaction survey."""

    score: Annotated[int, Field(ge=1, le=4)]


class NoticeBody(Body):
    text: Annotated[str, Field(min_length=1, max_length=280)]
    until: datetime
    queue: str | None = None


Json = dict[str, Any]
