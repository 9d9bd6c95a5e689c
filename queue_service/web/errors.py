"""Refusals that only exist on the way in over HTTP; `problems.py` gives each its status."""

from __future__ import annotations

from queue_service.domain.errors import Refusal


class Unauthorized(Refusal):
    code = "unauthorized"


class Forbidden(Refusal):
    code = "forbidden"


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
