"""Refusals that only exist on the way in over HTTP; `problems.py` gives each its status."""

from __future__ import annotations

from queue_service.domain.errors import NotFound, Refusal


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


class NumberGone(NotFound):
    """The token is ours, so the number was given out; but the journal was restored from a backup that is older.

    Names the label and the branch.
    """
