"""Numbers that people hold, though the restored journal does not know them: they are never given out again that day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert, select

from queue_service.domain.actions import SkipNumbers
from queue_service.domain.branches import Branch
from queue_service.domain.decisions import decide
from queue_service.domain.events import Entry, Issued, NumbersSkipped
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.tickets import label_of
from queue_service.domain.trip_events import FieldReclaimed, FieldReturned, FieldTaken
from queue_service.journal import Change
from queue_service.journal.appends import Place
from queue_service.journal.journals import read_entries
from queue_service.journal.tables import entries
from queue_service.records.plans import BranchPlan
from queue_service.records.tables import branches

USUAL_DAYS = 31  # how far back it is looked how many numbers a queue gives out on a day
ROUND = 100
BY = "restore"

LastNumbers = dict[str, int]  # by queue


@dataclass(frozen=True, slots=True)
class Skip:
    """At this branch's queue, the numbers from `first` to `last` are nobody's that the journal knows."""

    branch: str
    queue: str
    prefix: str
    first: int
    last: int

    @property
    def next_label(self) -> str:
        return label_of(self.prefix, self.last + 1)

    @property
    def range(self) -> str:
        first, last = label_of(self.prefix, self.first), label_of(self.prefix, self.last)
        return first if first == last else f"{first} to {last}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a database knows of the numbers of one day: today, at each branch's own place on the globe."""

    branches: dict[str, Branch]
    given: dict[str, LastNumbers] = field(default_factory=dict)  # by branch
    away: frozenset[str] = frozenset()  # branches whose day is in the field: only there numbers are given out


def numbers_of_today(connection: Connection, now: datetime) -> Numbers:
    rows = connection.execute(select(branches.c.id, branches.c.plan)).all()
    known = {row.id: BranchPlan.model_validate_json(row.plan).branch() for row in rows}
    days = {branch.id: branch.day_of(now) for branch in known.values()}
    given = {name: _last_numbers(connection, name, day, day) for name, day in days.items()}
    return Numbers(known, given, frozenset(name for name, day in days.items() if _is_away(connection, (name, day))))


def skip_numbers(connection: Connection, before: Numbers, now: datetime, further: int | None) -> list[Skip]:
    """In the restored journal. `before` is what the database knew until now; `further`: how many more are to be
    passed over, None for as many as may have been given out since, for all that is known."""
    restored = numbers_of_today(connection, now)
    skipped = []
    for branch in ({**before.branches, **restored.branches}).values():
        if branch.id in before.away | restored.away:
            continue  # what is written here now could not be told from what will come from there
        known = _largest(before.given.get(branch.id, {}), restored.given.get(branch.id, {}))
        day = branch.day_of(now)
        if further is None:
            usual = _last_numbers(connection, branch.id, day - timedelta(USUAL_DAYS), day)
            lasts = {queue: _far_beyond(known, usual, queue) for queue in {*branch.queues, *known}}
        else:
            lasts = {queue: known.get(queue, 0) + further for queue in {*branch.queues, *known}}
        skipped += _skip(connection, Floor(branch, day), lasts, now)
    return skipped


def _skip(connection: Connection, floor: Floor, lasts: LastNumbers, now: datetime) -> list[Skip]:
    for entry in read_entries(connection, (floor.branch.id, floor.day))[1]:
        if isinstance(entry.event, (Issued, NumbersSkipped)):  # of other things, what is set up may have changed since
            apply(floor, entry)
        floor.seq, floor.at = entry.seq, entry.at
    now = max(now, floor.at) if floor.at else now
    new, skipped = list[Entry](), list[Skip]()
    for queue, last in sorted(lasts.items()):
        first = floor.line(queue).issued + 1
        for event in decide(floor, SkipNumbers(queue, last), now):
            new.append(Entry(floor.seq + 1, now, BY, event))
            apply(floor, new[-1])
            prefix = floor.branch.queues[queue].prefix if queue in floor.branch.queues else queue
            skipped.append(Skip(floor.branch.id, queue, prefix, first, last))
    if new:
        connection.execute(insert(entries), Change((floor.branch.id, floor.day), new, now, None, None).rows)
    return skipped


def _is_away(connection: Connection, place: Place) -> bool:
    branch, day = place
    of_leases = entries.c.kind.in_((FieldTaken.kind, FieldReturned.kind, FieldReclaimed.kind))
    kinds = select(entries.c.kind).where(entries.c.branch == branch, entries.c.day == day, of_leases)
    return connection.execute(kinds.order_by(entries.c.seq.desc()).limit(1)).scalar() == FieldTaken.kind


def _last_numbers(connection: Connection, branch: str, first: date, last: date) -> LastNumbers:
    """The largest that each queue gave out, or passed over, on any of these days."""
    asked = select(entries.c.kind, entries.c.fields).where(
        entries.c.branch == branch,
        entries.c.day.between(first, last),
        entries.c.kind.in_((Issued.kind, NumbersSkipped.kind)),
    )
    found: LastNumbers = {}
    for kind, fields in connection.execute(asked):
        values = json.loads(fields)
        number = values["last"] if kind == NumbersSkipped.kind else int(values["label"].rpartition("-")[2])
        found[values["queue"]] = max(number, found.get(values["queue"], 0))
    return found


def _largest(one: Mapping[str, int], other: Mapping[str, int]) -> LastNumbers:
    return {queue: max(one.get(queue, 0), other.get(queue, 0)) for queue in {*one, *other}}


def _far_beyond(known: Mapping[str, int], usual: Mapping[str, int], queue: str) -> int:
    """At least a hundred more than are known of, or than were given out on the busiest of the last days."""
    return (max(known.get(queue, 0), usual.get(queue, 0)) // ROUND + 2) * ROUND
