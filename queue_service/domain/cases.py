"""A case: one paper on its way from the request to its owner, followed by a request number of our own."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from queue_service.domain.errors import Invalid, NotAllowed

CHECK_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing in it is easily taken for another
CHECK_LENGTH = 8
BY_HAND = "M"  # in the place of a ticket's label
_INSTANT = timedelta(milliseconds=1)
_MISREAD = str.maketrans("OIL", "011")
_NUMBER = re.compile(r"(\d{6})([A-Z]{1,3}\d{3,5}|M)([0-9A-Z]{8})")


class Stage(StrEnum):
    RECORDED = "recorded"  # the request, with all that it needs
    VERIFIED = "verified"
    ADJUDICATED = "adjudicated"  # by the central system, which found nobody else with these fingerprints
    READY_TO_PRINT = "ready_to_print"
    PRINTED = "printed"
    READY = "ready"  # to be picked up
    HANDED_OVER = "handed_over"
    PROBLEM = "problem"  # somebody has to do something; the reason says what


class Outcome(StrEnum):
    """Of one more word about a case."""

    TAKEN = "taken"
    KNOWN = "known"  # it stands so already
    OLDER = "older"  # than what is known
    FINAL = "final"  # it was handed over, and only people may take that back


@dataclass(frozen=True, slots=True)
class Case:
    """`label`: of the ticket that it began with; empty where it was made by hand. `stage_at`: since when it stands so;
    `told_at`: as of when that was said last. `steps`: how often its stage was set; `visited`: how many of these by the
    ticket's own way."""

    number: str
    branch: str
    service: str
    day: date
    label: str
    opened_at: datetime
    due: datetime | None
    stage: Stage
    stage_at: datetime
    told_at: datetime
    reason: str = ""
    steps: int = 1
    visited: int = 0

    @property
    def is_over(self) -> bool:
        return self.stage is Stage.HANDED_OVER


@dataclass(frozen=True, slots=True)
class Step:
    stage: Stage
    at: datetime
    reason: str = ""
    by_hand: bool = False


def advance(case: Case, step: Step) -> tuple[Case, Outcome]:
    """What is newer counts, whichever way it came: so an export may be read twice, and an old one later than a new."""
    # Whoever sets it by hand knows what is told here, even where another clock is ahead of ours.
    at = max(step.at, case.told_at + _INSTANT) if step.by_hand else step.at
    if (step.stage, step.reason) == (case.stage, case.reason):
        return replace(case, told_at=max(at, case.told_at)), Outcome.KNOWN
    if case.is_over and not step.by_hand:
        return case, Outcome.FINAL
    if at <= case.told_at:
        return case, Outcome.OLDER
    new: dict[str, Any] = {
        "stage": step.stage,
        "reason": step.reason,
        "stage_at": at,
        "told_at": at,
        "steps": case.steps + 1,
    }
    return replace(case, **new), Outcome.TAKEN


def check_step(stage: str, reason: str) -> tuple[Stage, str]:
    """Raises Invalid."""
    if stage not in set(Stage):
        raise Invalid("stage: expected one of {known}.", known=", ".join(Stage))
    if (stage == Stage.PROBLEM) != bool(reason):
        raise Invalid("reason: a problem needs one, and nothing else has one.")
    return Stage(stage), reason


def number_of(day: date, label: str, check: str) -> str:
    return f"{day:%y%m%d}-{label.replace('-', '') or BY_HAND}-{check}"


def read_number(text: str) -> str | None:
    """As it is kept, however somebody typed it; None for what cannot be one."""
    plain = "".join(character for character in text.upper() if character.isalnum() and character.isascii())
    found = _NUMBER.fullmatch(plain[:-CHECK_LENGTH] + plain[-CHECK_LENGTH:].translate(_MISREAD))
    return "-".join(found.groups()) if found else None


def check_opens(followed: bool, service: str) -> None:
    """Raises NotAllowed."""
    if not followed:
        raise NotAllowed("The papers of “{service}” are not followed.", service=service)
