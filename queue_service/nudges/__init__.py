"""Nudges: the word, carried by Redis, that a journal has come so far. The truth stays in the journal.

Whatever becomes of a nudge costs milliseconds, never a ticket: who hears nothing looks at the journal every second.
"""

from queue_service.nudges.nudges import Hearing, Nudges

__all__ = ["Hearing", "Nudges"]
