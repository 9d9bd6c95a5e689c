"""From a record of theirs to what is wanted here. Pure; the set-up file says how, without code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from integrations.opd.sources import (
    Record,
    Source,
    Unmapped,
    read_day,
    read_moment,
    read_text,
    read_time,
    read_whole,
    told,
)
from queue_service.domain.branches import GENERAL, Branch
from queue_service.domain.cases import Stage, read_number
from queue_service.domain.nik import read_nik

LONGEST_ID = 120


class Act(StrEnum):
    """What a record may say of a visit."""

    ISSUE = "issue"
    BOOK = "book"
    CHECK_IN = "check_in"
    CANCEL = "cancel"
    CALL = "call"
    SERVE = "serve"
    COMPLETE = "complete"
    PROGRESS = "progress"  # of its paper
    IGNORE = "ignore"


Asked = Literal["name", "phone", "nik", "card", "record", "reference"]


class FieldMap(BaseModel):
    """`mapping:` of a connection: each of our fields, and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Source
    action: Source = Source.model_validate({"is": Act.ISSUE.value})
    branch: Source | None = None
    queue: Source | None = None
    journey: Source | None = None
    ticket_class: Source | None = Field(alias="class", default=None)
    number: Source | None = None  # theirs is ours then
    day: Source | None = None
    time: Source | None = None
    at: Source | None = None  # day and time in one
    counter: Source | None = None
    occurred: Source | None = None
    paper: Source | None = None  # its request number; otherwise the paper of the number that `id` means
    stage: Source | None = None
    reason: Source | None = None
    people: dict[Asked, Source] = Field(default_factory=dict)

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        known = set(Act)
        if strange := [act for act in self.action.targets or () if act not in known]:
            raise ValueError(f"action: expected one of {', '.join(Act)}, not “{strange[0]}”")
        if self.at and (self.day or self.time):
            raise ValueError("expected “at”, or “day” and “time”, not both")
        if self.queue and self.journey:
            raise ValueError("expected “queue” or “journey”, not both: a journey begins at its first queue")
        return self

    @property
    def fields(self) -> list[str]:
        """Of theirs, all that are read."""
        sources = [value for name in type(self).model_fields if isinstance(value := getattr(self, name), Source)]
        return list(dict.fromkeys(each for source in (*sources, *self.people.values()) for each in source.fields))


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record, understood. `id`: their stable one. `day` None: none is named."""

    id: str
    act: Act
    branch: str
    queue: str = ""
    journey: str = ""
    ticket_class: str = GENERAL
    number: int | None = None
    day: date | None = None
    slot: datetime | None = None
    counter: str = ""
    occurred: datetime | None = None
    paper: str = ""
    stage: Stage | None = None
    reason: str = ""
    people: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_record(mapping: FieldMap, record: Record, branches: Mapping[str, Branch]) -> Wanted:
    """Raises Unmapped."""
    id_ = read_text(mapping.id, record, "id", LONGEST_ID)
    if not id_:
        raise Unmapped("id: nothing is given")
    if not id_.isprintable():
        raise Unmapped(f"id: “{told(id_)}” holds what cannot be printed")
    if (nik := read_nik(id_)) and not any(nik.doubts):
        raise Unmapped("id: it has the form of a NIK, which would be kept in the open; map another number")
    act = _read_act(mapping, record)
    branch = _read_branch(mapping, record, branches)
    if act is Act.IGNORE:
        return Wanted(id_, act, branch.id)
    if act is Act.PROGRESS:
        return _read_progress(mapping, record, id_, branch)
    zone = branch.timezone
    slot = read_moment(mapping.at, record, "at", zone)
    day = slot.astimezone(zone).date() if slot else read_day(mapping.day, record, "day", zone)
    at = read_time(mapping.time, record, "time")
    if day and at:
        slot = datetime.combine(day, at, zone).astimezone(UTC)
    if act is Act.BOOK and slot is None:
        raise Unmapped("at: nothing is given; an appointment needs a day and a time")
    return Wanted(
        id=id_,
        act=act,
        branch=branch.id,
        queue=_one_of(branch.queues, read_text(mapping.queue, record, "queue"), branch, "queue"),
        journey=_one_of(branch.journeys, read_text(mapping.journey, record, "journey"), branch, "journey"),
        ticket_class=read_text(mapping.ticket_class, record, "class") or GENERAL,
        number=read_whole(mapping.number, record, "number"),
        day=day,
        slot=slot if act is Act.BOOK else None,
        counter=_one_of(branch.counters, read_text(mapping.counter, record, "counter"), branch, "counter"),
        occurred=read_moment(mapping.occurred, record, "occurred", zone),
        people={name: text for name, source in mapping.people.items() if (text := read_text(source, record, name))},
    )


def _read_progress(mapping: FieldMap, record: Record, id_: str, branch: Branch) -> Wanted:
    stage, reason = read_text(mapping.stage, record, "stage"), read_text(mapping.reason, record, "reason")
    if stage not in set(Stage):
        raise Unmapped(f"stage: “{told(stage)}” is none of a paper" if stage else "stage: nothing is given")
    if (stage == Stage.PROBLEM) != bool(reason):
        raise Unmapped("reason: a problem needs one, and nothing else has one")
    occurred = read_moment(mapping.occurred, record, "occurred", branch.timezone)
    if occurred is None:
        raise Unmapped("occurred: nothing is given; of two steps the later counts")
    given, paper = read_text(mapping.paper, record, "paper"), ""
    if given and not (paper := read_number(given) or ""):
        raise Unmapped("paper: it is no request number")
    journey = _one_of(branch.journeys, read_text(mapping.journey, record, "journey"), branch, "journey")
    return Wanted(
        id_,
        Act.PROGRESS,
        branch.id,
        journey=journey,
        occurred=occurred,
        paper=paper,
        stage=Stage(stage),
        reason=reason,
    )


def _read_act(mapping: FieldMap, record: Record) -> Act:
    text = read_text(mapping.action, record, "action")
    if not text:
        raise Unmapped("action: nothing is given")
    try:
        return Act(text)
    except ValueError:
        raise Unmapped(f"action: “{told(text)}” stands in no line of “values”") from None


def _read_branch(mapping: FieldMap, record: Record, branches: Mapping[str, Branch]) -> Branch:
    if mapping.branch is None and len(branches) == 1:
        return next(iter(branches.values()))
    text = read_text(mapping.branch, record, "branch")
    if not text:
        raise Unmapped("branch: nothing is given")
    if text not in branches:
        raise Unmapped(f"branch: “{told(text)}” is none of this connection's")
    return branches[text]


def _one_of(known: Mapping[str, object], named: str, branch: Branch, what: str) -> str:
    if named and named not in known:
        raise Unmapped(f"{what}: the branch {branch.id} has none that is called “{told(named)}”")
    return named


def strange_targets(mapping: FieldMap, branches: Sequence[Branch]) -> Iterator[tuple[str, str]]:
    """What the mapping leads to and no branch has: which field, and what it says there."""
    known: Mapping[str, set[str]] = {
        "branch": {branch.id for branch in branches},
        "queue": {queue for branch in branches for queue in branch.queues},
        "journey": {journey for branch in branches for journey in branch.journeys},
        "counter": {counter for branch in branches for counter in branch.counters},
        "ticket_class": {GENERAL, *(each for branch in branches for each in branch.classes)},
    }
    for name, there in known.items():
        source: Source | None = getattr(mapping, name)
        for target in (source.targets if source else None) or ():
            if target and target not in there:
                yield name.removeprefix("ticket_"), target
