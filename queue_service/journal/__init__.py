"""The durable log: append, and read from a seq."""

from queue_service.journal.appends import Conflict, KeyReused, Replayed, Request
from queue_service.journal.journals import Journal, JournalUnavailable

__all__ = ["Conflict", "Journal", "JournalUnavailable", "KeyReused", "Replayed", "Request"]
