"""When to try again, and when to give up. No clock and no chance: `now` is given, and `draw`, from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from integrations.lanes import Lane

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 600.0
SILENCES = 4  # failures without an answer weigh less than a refusal

AWAY_IN_A_ROW = 8
REFUSED_LANES = 12  # one ticket is refused for its own sake, a dozen for ours
LONGEST_BREAK_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 3600.0


def rest_seconds(failures: int, draw: float) -> float:
    """After so many failures of one item."""
    return _grown(FIRST_SECONDS, failures, LONGEST_SECONDS, draw)


def is_given_up(failures: int, refusals: int, attempts: int) -> bool:
    return refusals >= attempts or failures >= SILENCES * attempts


def _grown(first: float, times: int, longest: float, draw: float) -> float:
    """Twice as long each time, and between half and all of that."""
    return min(longest, first * 2.0 ** min(max(times - 1, 0), 30)) * (0.5 + draw / 2)


class Allowance(Enum):
    ALL = "all"
    ONE = "one"  # to try whether the other side is back
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Breaker:
    """Of one connection: after failures in a row nothing is sent for a while, then one at a time until one succeeds.

    `until` None: all may go. `refused`: the lanes that had a refusal since anything was taken.
    """

    away: int = 0
    refused: frozenset[Lane] = field(default_factory=frozenset)
    breaks: int = 0
    until: float | None = None
    is_asked: bool = False  # by the other side; then nothing that was under way ends it early

    def allowance(self, now: float) -> Allowance:
        if self.until is None:
            return Allowance.ALL
        return Allowance.ONE if now >= self.until else Allowance.NONE

    def after_delivery(self, now: float) -> Breaker:
        return self if self._is_resting(now) and self.is_asked else Breaker()

    def after_refusal(self, lane: Lane, now: float, draw: float) -> Breaker:
        if self._is_resting(now) and self.is_asked:
            return self
        refused = self.refused if len(self.refused) >= REFUSED_LANES else self.refused | {lane}
        if len(refused) >= REFUSED_LANES:
            return replace(self, away=0, refused=refused)._broken(now, draw)
        return Breaker(refused=refused)  # whoever refuses is there

    def after_silence(self, now: float, draw: float, asked: float | None = None) -> Breaker:
        """`asked`: the other side wants to be left alone for so many seconds."""
        new = replace(self, away=self.away + 1)
        if asked is not None:
            until = now + min(asked, LONGEST_ASKED_SECONDS)
            return replace(new, breaks=max(1, self.breaks), until=max(until, self.until or until), is_asked=True)
        return new._broken(now, draw) if new.away >= AWAY_IN_A_ROW or self.until is not None else new

    def _broken(self, now: float, draw: float) -> Breaker:
        if self._is_resting(now):
            return self  # what was under way when it broke tells nothing new
        rest = _grown(1.0, self.breaks + 1, LONGEST_BREAK_SECONDS, draw)
        return replace(self, breaks=self.breaks + 1, until=now + rest, is_asked=False)

    def _is_resting(self, now: float) -> bool:
        return self.until is not None and now < self.until
