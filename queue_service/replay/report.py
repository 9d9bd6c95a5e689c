"""The table at the end of a replay: what was recorded, what the service made of it, and every difference. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles

from queue_service.replay.journals import Reading
from queue_service.replay.recordings import Lane
from queue_service.replay.tally import Account, Tally, by_code, differences, total

ROWS = (
    ("numbers issued", "issued"),
    ("called", "called"),
    ("completed", "completed"),
    ("cancelled: never came up, went home at the end of their day", "cancelled"),
    ("left: never came up, still waiting at the end", "left"),
)

EXPLANATIONS = {
    "counter_busy": "somebody else uses this counter",
    "counter_closed": "somebody else closed this counter",
    "nobody_at_counter": "somebody else finished what was begun here, or the visitor cancelled",
    "not_allowed": "somebody else had called, cancelled or moved this number before",
    "queue_closed": "the queue gives out no numbers: outside its hours, or closed by hand",
    "quota_full": "the queue's quota for a day is smaller than the recorded day",
    "not_found": "the set-up was changed meanwhile",
    "unprocessable": "the service and this command are of different versions",
    "invalid": "the service and this command are of different versions",
}
UNEXPLAINED = "unforeseen: this is a fault of the service or of this command"


@dataclass
class Watched:
    lane: Lane
    called: int
    missed: list[str]
    frames: int
    ends_as_the_service: bool


@dataclass
class Outcome:
    recorded: Tally
    account: Account
    seconds: float
    clients: int
    days: int
    answer_seconds: list[float] = field(default_factory=list)
    journal: Reading | None = None
    watched: Watched | None = None
    others: list[str] = field(default_factory=list)  # other differences

    @property
    def differences(self) -> list[str]:
        found = [*differences(self.recorded, self.account.lanes, "acknowledged"), *self.account.surprises, *self.others]
        if self.journal is not None:
            found += [*differences(self.recorded, self.journal.lanes, "in the journal"), *self.journal.surprises]
        return found

    @property
    def is_as_recorded(self) -> bool:
        return (
            not self.differences and not self.account.refusals and (self.watched is None or not _faults(self.watched))
        )


def report(outcome: Outcome) -> str:
    return "\n".join(
        [
            *_table(outcome),
            "",
            *_calls(outcome),
            *_watch(outcome),
            *_speed(outcome),
            "",
            *_refusals(outcome),
            *_rest(outcome),
        ]
    )


def _table(outcome: Outcome) -> Iterator[str]:
    tallies = [("file", outcome.recorded), ("acknowledged", outcome.account.lanes)]
    if outcome.journal is not None:
        tallies.append(("journal", outcome.journal.lanes))
    wide = max(len(title) for title, _ in ROWS)
    yield " " * wide + "".join(f"{heading:>14}" for heading, _ in tallies)
    totals = [total(tally) for _, tally in tallies]
    for title, name in ROWS:
        yield f"{title:<{wide}}" + "".join(f"{getattr(counts, name):>14,}" for counts in totals)


def _calls(outcome: Outcome) -> Iterator[str]:
    account = outcome.account
    yield f"{outcome.days} recorded days, {len(outcome.recorded)} queues."
    yield f"Calls: {account.by_rule:,} where the rules chose as recorded, {account.by_label:,} by label, out of turn."
    if outcome.journal is not None:
        yield f"The journal holds {outcome.journal.entries:,} entries of these branches today."


def _watch(outcome: Outcome) -> Iterator[str]:
    watched = outcome.watched
    if watched is None:
        return
    seen = watched.called - len(watched.missed)
    yield f"A phone at {watched.lane} saw {seen:,} of {watched.called:,} calls, in {watched.frames:,} frames."
    yield from _faults(watched)


def _faults(watched: Watched) -> list[str]:
    faults = []
    if watched.missed:
        faults.append(f"It missed {', '.join(watched.missed[:10])}.")
    if not watched.ends_as_the_service:
        faults.append("Its last frame is not what the service answers over HTTP.")
    return faults


def _speed(outcome: Outcome) -> Iterator[str]:
    requests = len(outcome.answer_seconds)
    if requests < 2:
        return
    cuts = quantiles(outcome.answer_seconds, n=100)
    yield (
        f"{requests:,} requests in {outcome.seconds:.1f} s: {requests / outcome.seconds:,.0f} a second, "
        f"{outcome.clients} clients; half within {cuts[49] * 1000:.1f} ms, 99 % within {cuts[98] * 1000:.1f} ms."
    )


def _refusals(outcome: Outcome) -> Iterator[str]:
    if not outcome.account.refusals:
        yield "Refused: nothing."
    for code, count, first in by_code(outcome.account.refusals):
        yield f"Refused {count:,} times with {code}: {EXPLANATIONS.get(code, UNEXPLAINED)}."
        yield f"    first: {first.what}: {first.detail}"


def _rest(outcome: Outcome) -> Iterator[str]:
    found = outcome.differences
    if not found:
        yield "Differences: none."
        return
    yield f"Differences: {len(found)}."
    yield from (f"    {difference}" for difference in found)
