"""What was recorded, what the service acknowledged, and where the two differ. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from queue_service.replay.recordings import Lane, Recorded


@dataclass(frozen=True, slots=True)
class Refusal:
    """`what` was asked for: an action, a lane and a recorded number."""

    code: str
    what: str
    detail: str


@dataclass
class Counts:
    """Of one lane. Each ticket that is issued is called, cancelled or left waiting in the end."""

    issued: int = 0
    called: int = 0
    completed: int = 0
    cancelled: int = 0  # went home unserved when their recorded day was over
    left: int = 0  # still waiting when the recording ended

    def __iadd__(self, other: Counts) -> Counts:
        for name in ("issued", "called", "completed", "cancelled", "left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


Tally = dict[Lane, Counts]


@dataclass
class Account:
    """What the service acknowledged."""

    lanes: Tally = field(default_factory=lambda: defaultdict(Counts))
    labels: dict[Lane, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))  # label: times called
    refusals: list[Refusal] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    by_rule: int = 0  # calls made with call-next
    by_label: int = 0
    days: set[str] = field(default_factory=set)  # of the service's own calendar


def recorded_tally(recording: Iterable[Recorded]) -> Tally:
    """What the journal must hold in the end, if nothing is refused."""
    recording = list(recording)
    last = max(one.day for one in recording)
    tally: Tally = defaultdict(Counts)
    for one in recording:
        tally[one.lane] += _counts_of(one, last)
    return tally


def _counts_of(one: Recorded, last: date) -> Counts:
    if one.called is not None:
        return Counts(issued=1, called=1, completed=1)
    return Counts(issued=1, left=1) if one.day == last else Counts(issued=1, cancelled=1)


def total(tally: Tally) -> Counts:
    whole = Counts()
    for counts in tally.values():
        whole += counts
    return whole


def differences(expected: Tally, found: Tally, where: str) -> Iterator[str]:
    for lane in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(lane, Counts()), found.get(lane, Counts())
        for name in ("issued", "called", "completed", "cancelled", "left"):
            if getattr(ours, name) != getattr(theirs, name):
                yield f"{lane}: {getattr(ours, name)} {name} in the file, {getattr(theirs, name)} {where}"


def by_code(refusals: Iterable[Refusal]) -> list[tuple[str, int, Refusal]]:
    """Each code with how often it came, and the first that came with it."""
    refusals = list(refusals)
    first: dict[str, Refusal] = {}
    for refusal in refusals:
        first.setdefault(refusal.code, refusal)
    return [(code, count, first[code]) for code, count in Counter(r.code for r in refusals).most_common()]
