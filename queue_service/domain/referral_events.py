"""What becomes of a referral, in the journal of the branch that it comes from. None of these holds personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from queue_service.domain.events import Event


@dataclass(frozen=True, slots=True)
class ReferralEvent(Event):
    """`referral` is a public id, drawn at random; `label` the ticket that it comes from, which is of the day `of`
    where that is not the day of this journal: a referral may end days after it began."""

    referral: str
    label: str
    of: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class ReferralOffered(ReferralEvent):
    """Whose ticket it is has not said yet whether they want it."""

    kind = "referral_offered"
    errand: str


@dataclass(frozen=True, slots=True)
class Referred(ReferralEvent):
    """They agreed: by their own hand where a visitor wrote this, else at their word. `fields`: what may go over, by
    name; `wording`: the id of what they were told. `wanted`: the time that they chose, if they did."""

    kind = "referred"
    errand: str
    to: str
    queue: str
    answer_by: datetime
    wording: str
    fields: tuple[str, ...]
    attempt: int
    via: str = ""  # the connection that leads there, where the other agency is not in this house
    wanted: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReferralDelayed(ReferralEvent):
    """The other agency is away; it is tried again."""

    kind = "referral_delayed"
    reason: str


@dataclass(frozen=True, slots=True)
class ReferralAccepted(ReferralEvent):
    """With the number there, its day, and when it is due."""

    kind = "referral_accepted"
    number: str
    on: str
    due: datetime


@dataclass(frozen=True, slots=True)
class ReferralRefused(ReferralEvent):
    kind = "referral_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class ReferralPaperReady(ReferralEvent):
    """One of several: it can be collected, whatever becomes of the others."""

    kind = "referral_paper_ready"
    paper: str


@dataclass(frozen=True, slots=True)
class ReferralClosed(ReferralEvent):
    """`outcome`: a word of `Outcome`."""

    kind = "referral_closed"
    outcome: str


REFERRAL_EVENTS = (
    *(ReferralOffered, Referred, ReferralDelayed),
    *(ReferralAccepted, ReferralRefused, ReferralPaperReady, ReferralClosed),
)
