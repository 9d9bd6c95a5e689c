"""How the rules refuse.

    Refusal
    ├── NotFound          there is no such branch, queue, counter or ticket
    ├── Invalid           the request itself is wrong
    ├── NobodyWaiting     an answer rather than a fault: there is nobody to call
    └── Refused           the rules say no
        ├── QueueClosed, QuotaFull, SlotFull, AlreadyClaimed
        ├── CounterBusy, CounterClosed, NobodyAtCounter
        └── NotAllowed, NothingToUndo

The sentence is English and has named fields, so that it can be translated before they are filled in.
"""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str, **fields: object) -> None:
        super().__init__(sentence.format(**fields) if fields else sentence)
        self.sentence = sentence
        self.fields = fields


class NotFound(Refusal):
    code = "not_found"


class Invalid(Refusal):
    code = "invalid"


class NobodyWaiting(Refusal):
    code = "nobody_waiting"


class Refused(Refusal):
    """The family of 409: the request is fine, the floor is not in the state for it."""


class QueueClosed(Refused):
    code = "queue_closed"


class QuotaFull(Refused):
    code = "quota_full"


class SlotFull(Refused):
    code = "slot_full"


class AlreadyClaimed(Refused):
    code = "already_claimed"


class CounterBusy(Refused):
    code = "counter_busy"


class CounterClosed(Refused):
    code = "counter_closed"


class NobodyAtCounter(Refused):
    code = "nobody_at_counter"


class NotAllowed(Refused):
    code = "not_allowed"


class NothingToUndo(Refused):
    code = "nothing_to_undo"
