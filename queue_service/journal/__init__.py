"""The durable log: append, and read from a seq."""

from queue_service.journal.appends import Basis, Beside, Change, Conflict, KeyReused, KnownAnswer, Replayed, Request
from queue_service.journal.claims import Claim, Claimed
from queue_service.journal.journals import Journal

__all__ = [
    "Basis",
    "Beside",
    "Change",
    "Claim",
    "Claimed",
    "Conflict",
    "Journal",
    "KeyReused",
    "KnownAnswer",
    "Replayed",
    "Request",
]
