"""The durable log: append, and read from a seq."""

from queue_service.journal.appends import Basis, Change, Conflict, KeyReused, KnownAnswer, Replayed, Request
from queue_service.journal.journals import Journal

__all__ = ["Basis", "Change", "Conflict", "Journal", "KeyReused", "KnownAnswer", "Replayed", "Request"]
