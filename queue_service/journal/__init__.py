"""The durable log: append, and read from a seq."""

from queue_service.journal.appends import Basis, Conflict, KeyReused, Replayed, Request
from queue_service.journal.journals import Journal

__all__ = ["Basis", "Conflict", "Journal", "KeyReused", "Replayed", "Request"]
