"""What is done with a referral, as values. `referring.py` decides on them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from queue_service.domain.referrals import Outcome, Reason, Referral


@dataclass(frozen=True, slots=True)
class OfReferral:
    """`referral`: as it was read last."""

    referral: Referral


@dataclass(frozen=True, slots=True)
class Offer(OfReferral):
    """To its visitor, who has to agree first."""

    errand: str


@dataclass(frozen=True, slots=True)
class Refer(OfReferral):
    """With consent. `wanted`: a time that the visitor chose."""

    errand: str
    wording: str
    fields: tuple[str, ...]
    wanted: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delay(OfReferral):
    reason: Reason


@dataclass(frozen=True, slots=True)
class Accept(OfReferral):
    attempt: int  # of which this is the answer
    number: str
    on: date
    due: datetime


@dataclass(frozen=True, slots=True)
class Refuse(OfReferral):
    reason: Reason


@dataclass(frozen=True, slots=True)
class ReportPaper(OfReferral):
    """That it is ready. With the last of its papers the errand is."""

    paper: str


@dataclass(frozen=True, slots=True)
class CloseReferral(OfReferral):
    outcome: Outcome
