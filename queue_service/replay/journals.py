"""What the journal itself holds of a replay: read from the database, past everything that the service says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from queue_service.database import open_database
from queue_service.domain.events import Called, Cancelled, Completed, Entry, Issued, TicketEvent, Undone
from queue_service.journal import Journal
from queue_service.replay.recordings import Lane
from queue_service.replay.tally import Account, Counts, Tally

_COUNTED: Mapping[type[TicketEvent], str] = {
    Issued: "issued",
    Called: "called",
    Completed: "completed",
    Cancelled: "cancelled",
}


@dataclass
class Reading:
    lanes: Tally = field(default_factory=lambda: defaultdict(Counts))
    entries: int = 0
    surprises: list[str] = field(default_factory=list)


async def read_journal(database_url: str, account: Account) -> Reading:
    """Of the tickets that the replay was given. Raises Unavailable, ValueError."""
    reading = Reading()
    database = open_database(database_url)
    try:
        journal = Journal(database)
        for day in map(date.fromisoformat, account.days):
            for branch in sorted({lane.branch for lane in account.labels}):
                entries = await journal.read((branch, day))
                lane_of = {
                    label: lane for lane in account.labels if lane.branch == branch for label in account.labels[lane]
                }
                count_entries(entries, lane_of, reading)
    finally:
        await database.close()
    return reading


def count_entries(entries: list[Entry], lane_of: Mapping[str, Lane], reading: Reading) -> None:
    """Of one branch and day."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)  # kind: labels
    for label, kind in _kept(entries, lane_of):
        seen[kind][label] += 1
        setattr(reading.lanes[lane_of[label]], kind, getattr(reading.lanes[lane_of[label]], kind) + 1)
    for label in seen["issued"].keys() - seen["called"].keys() - seen["cancelled"].keys():
        reading.lanes[lane_of[label]].left += 1
    for kind, labels in seen.items():
        reading.surprises += [f"{lane_of[label]}: {label} {kind} {n} times" for label, n in labels.items() if n > 1]
    if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
        reading.surprises.append(f"{next(iter(lane_of.values())).branch}: the journal has a gap")
    reading.entries += len(entries)


def _kept(entries: list[Entry], lane_of: Mapping[str, Lane]) -> Iterator[tuple[str, str]]:
    """What was not undone, of tickets that are ours."""
    undone = {entry.event.undoes for entry in entries if isinstance(entry.event, Undone)}
    for entry in entries:
        kind = _COUNTED.get(type(entry.event))  # type: ignore[arg-type]
        if kind is not None and entry.seq not in undone:
            assert isinstance(entry.event, TicketEvent)
            if entry.event.label in lane_of:
                yield entry.event.label, kind
