"""Refusals that only exist on the way in over HTTP; `problems.py` gives each its status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from queue_service.domain.errors import Invalid, NotFound, Refusal, Refused


class Unauthorized(Refusal):
    code = "unauthorized"


class Forbidden(Refusal):
    code = "forbidden"


class PasswordNeeded(Forbidden):
    """Somebody else made the password; nothing else may be done with it."""

    code = "password_needed"


class TooLarge(Refusal):
    code = "too_large"


class TooMany(Refusal):
    code = "too_many_requests"


class UpgradeRequired(Refusal):
    code = "upgrade_required"


class KeyUsedForOther(Refusal):
    code = "idempotency_key_reused"


class DatabaseAway(Refusal):
    code = "unavailable"


class PlanRefused(Invalid):
    """`faults`: as pydantic tells of them."""

    def __init__(self, faults: Sequence[Any], words: str) -> None:
        super().__init__("{faults}.", faults=words)
        self.faults = faults


class PlanChanged(Refusal):
    code = "changed_meanwhile"


class PlanNotNamed(Refusal):
    code = "precondition_required"


class PeopleThere(Refused):
    """What was to be done would lose somebody."""

    code = "people_there"


class NumberGone(NotFound):
    """The token is ours, so the number was given out; but the journal was restored from a backup that is older.

    Names the label and the branch.
    """
