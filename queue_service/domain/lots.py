"""Who has asked for a day and has no place on it yet: by entering a draw, or on a waiting list. Plain values."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from queue_service.domain.branches import Branch, DrawPlan
from queue_service.domain.events import DrawAnnounced, LimitSet


class Standing(StrEnum):
    ENTERED = "entered"  # in a draw that is still to come
    WAITING = "waiting"  # on the waiting list, as all are whom the draw has put in order
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Entrant:
    """One who asked, by their public id."""

    entry: str
    queue: str
    standing: Standing
    label: str | None = None  # of the ticket that they were given


@dataclass(frozen=True, slots=True)
class Draw:
    """As announced. `listed`: the entries that take part, once it is closed; `order`: as they were drawn."""

    announced: DrawAnnounced
    digest: str = ""
    listed: tuple[str, ...] = ()
    seed: str = ""
    order: tuple[str, ...] = ()

    @property
    def is_closed(self) -> bool:
        return bool(self.digest)

    @property
    def is_drawn(self) -> bool:
        return bool(self.seed)


@dataclass
class Lots:
    draws: dict[str, Draw] = field(default_factory=dict)  # by queue
    entrants: dict[str, Entrant] = field(default_factory=dict)
    entered: dict[str, dict[str, None]] = field(default_factory=dict)  # by queue: who takes part in its draw so far
    waiting: dict[str, dict[str, None]] = field(default_factory=dict)  # by queue: the entries, in their order
    limits: dict[str, LimitSet] = field(default_factory=dict)  # by queue
    given: set[str] = field(default_factory=set)  # labels of those who did not choose their time themselves

    def copy(self) -> Lots:
        entered, waiting = (
            {queue: entries.copy() for queue, entries in lists.items()} for lists in (self.entered, self.waiting)
        )
        return Lots(self.draws.copy(), self.entrants.copy(), entered, waiting, self.limits.copy(), self.given.copy())

    def is_waited_for(self, queue: str) -> bool:
        return bool(self.waiting.get(queue))

    def place_of(self, entrant: Entrant) -> int | None:
        """How many on the waiting list come before; None for one who is not on it."""
        if entrant.standing is not Standing.WAITING:
            return None
        return list(self.waiting[entrant.queue]).index(entrant.entry)


@dataclass(frozen=True, slots=True)
class Window:
    opens: datetime
    closes: datetime
    drawn_at: datetime


def window(branch: Branch, plan: DrawPlan, day: date) -> Window:
    """Of the draw for this day."""
    return Window(*(moment.before(branch, day) for moment in (plan.opens, plan.closes, plan.drawn_at)))


def commitment_to(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


def digest_of_list(entries: Iterable[str]) -> str:
    """Of the ids in the order of their characters, each on a line of its own."""
    return hashlib.sha256("".join(f"{entry}\n" for entry in sorted(entries)).encode()).hexdigest()


def ranking(seed: str, entries: Iterable[str]) -> list[str]:
    """The drawn order: a pure function of seed and list, whoever came when. `docs/draw.md` tells it in words."""
    listed = sorted(entries)
    key, digest = seed.encode(), digest_of_list(listed)
    return sorted(listed, key=lambda entry: (hmac.digest(key, f"{digest}:{entry}".encode(), "sha256"), entry))
