"""From what an agency's system says of a referral to what is to be noted here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_validator

from integrations.opd.mapping import LONGEST_ID
from integrations.opd.sources import Record, Source, Unmapped, read_day, read_moment, read_text, read_time, told
from integrations.referring import Place
from queue_service.domain.referrals import REFUSING, Outcome, Reason

LONGEST_NUMBER = 16


class Said(StrEnum):
    """What an answer may say of a referral."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "pending"  # somebody there has still to decide
    DONE = "done"  # the visitor was served there
    READY = "ready"  # the papers are, or the one that is named
    MISSED = "missed"
    IGNORED = "ignore"


_OUTCOMES = {Said.DONE: Outcome.DONE, Said.READY: Outcome.READY, Said.MISSED: Outcome.MISSED}


class AnswerMap(BaseModel):
    """`answer:` of a connection: each of our fields, and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Source | None = None  # that we gave; needed of what is told later
    outcome: Source
    reason: Source | None = None
    number: Source | None = None
    day: Source | None = None
    time: Source | None = None
    at: Source | None = None  # day and time in one
    paper: Source | None = None

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        _check_targets("outcome", self.outcome, [said.value for said in Said])
        _check_targets("reason", self.reason, [reason.value for reason in REFUSING])
        if self.at and (self.day or self.time):
            raise ValueError("expected “at”, or “day” and “time”, not both")
        return self


def _check_targets(name: str, source: Source | None, known: list[str]) -> None:
    if strange := [word for word in (source.targets if source else None) or () if word not in known]:
        raise ValueError(f"{name}: expected one of {', '.join(known)}, not “{strange[0]}”")


@dataclass(frozen=True, slots=True)
class Answer:
    """`outcome` None: nothing but the place, or nothing at all. `paper` empty: all of them."""

    id: str
    place: Place | None = None
    outcome: Outcome | Reason | None = None
    paper: str = ""


def read_answer(mapping: AnswerMap, record: Record, zone: ZoneInfo) -> Answer:
    """Raises Unmapped."""
    id_ = read_text(mapping.id, record, "id", LONGEST_ID)
    text = read_text(mapping.outcome, record, "outcome")
    if not text:
        raise Unmapped("outcome: nothing is given")
    if text not in set(Said):
        raise Unmapped(f"outcome: “{told(text)}” stands in no line of “values”")
    said = Said(text)
    if said is Said.IGNORED:
        return Answer(id_)
    if said is Said.PENDING:
        return Answer(id_, outcome=Reason.PENDING)
    if said is Said.REFUSED:
        reason = read_text(mapping.reason, record, "reason")
        known = next((each for each in REFUSING if each.value == reason), Reason.OTHER_AGENCY)
        return Answer(id_, outcome=known)
    place = _place(mapping, record, zone)
    if said is Said.ACCEPTED and place is None:
        raise Unmapped("number: nothing is given")
    paper = read_text(mapping.paper, record, "paper", LONGEST_ID) if said is Said.READY else ""
    return Answer(id_, place, _OUTCOMES.get(said), paper)


def _place(mapping: AnswerMap, record: Record, zone: ZoneInfo) -> Place | None:
    number = read_text(mapping.number, record, "number", LONGEST_NUMBER)
    if not number:
        return None
    if not number.isprintable():
        raise Unmapped(f"number: “{told(number)}” holds what cannot be printed")
    at = read_moment(mapping.at, record, "at", zone)
    if at is None:
        day, time = read_day(mapping.day, record, "day", zone), read_time(mapping.time, record, "time")
        at = datetime.combine(day, time, zone).astimezone(UTC) if day and time else None
    if at is None:
        raise Unmapped("at: nothing is given; an appointment needs a day and a time")
    return Place(number, at.astimezone(zone).date(), at)
