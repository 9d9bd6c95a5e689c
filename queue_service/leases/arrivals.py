"""Entries that come from the field: compared with what is there, verified, and written as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.events import DayClosed, Entry
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply
from queue_service.domain.trip_events import FieldReclaimed, FieldReturned, FieldTaken
from queue_service.journal import Change
from queue_service.journal.appends import Place
from queue_service.journal.chains import Running
from queue_service.journal.ends import wait_for
from queue_service.journal.epochs import insert_in_epoch
from queue_service.journal.journals import read_entries
from queue_service.journal.tables import entries as entry_table
from queue_service.leases.annex import Reason, keep_aside, last_aside
from queue_service.leases.standing import Known, Standing, find_lease
from queue_service.leases.wire import digest_of
from queue_service.records.audit import Deed, note

_NOT_FROM_THERE = (FieldTaken, FieldReclaimed, DayClosed)  # the centre's alone


@dataclass(frozen=True, slots=True)
class Arrival:
    """Lines that follow on each other. `digest`: of the day up to the last of them, as the field has it."""

    lease: str
    entries: Sequence[Entry]
    digest: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`end`: how many entries of the field's the centre has now, in the journal or aside; from there it goes on.
    `aside`: how many of these lines were kept aside, and why."""

    end: int
    standing: Standing
    written: Sequence[Entry] = ()
    aside: int = 0
    reason: Reason | None = None


def take_in(connection: Connection, branch: Branch, place: Place, arrival: Arrival, now: datetime) -> Outcome:
    """In a transaction that writes. What is there already is compared and passed over.

    Raises NotFound for a lease that never was, Invalid for lines that are not what was sent.
    """
    wait_for(connection, place)
    epoch, there = read_entries(connection, place)
    known = find_lease(there, arrival.lease)
    if known is None:
        raise NotFound("That day is not in the field under this lease.")
    common = there if known.forked is None else there[: known.forked]
    first = arrival.entries[0].seq
    if [entry.seq for entry in arrival.entries] != list(range(first, first + len(arrival.entries))):
        raise Invalid("entries: expected each to follow on the one before.")
    reason = _why_aside(connection, arrival, known.standing, common)
    if reason is not None:
        return _aside(connection, place, arrival, known, _strange(arrival.entries, common), reason, now)
    new = [entry for entry in arrival.entries if entry.seq > len(common)]
    if first > len(common) + 1 or not new:  # something before them is missing, or nothing of them
        return Outcome(len(common), known.standing)
    if digest_of(place, arrival.lease, [*common, *new]) != arrival.digest:
        raise Invalid("digest: these are not the entries that were sent.")
    good = list(_that_fit(Floor(branch, place[1]), place, arrival.lease, common, new))
    if good:
        insert_in_epoch(connection, entry_table, Change(place, good, now, None, None).rows, epoch)
        _note_return(connection, place, good, now)
    standing = Standing.RETURNED if good and isinstance(good[-1].event, FieldReturned) else known.standing
    if len(good) == len(new):
        return Outcome(len(common) + len(good), standing, good)
    aside = _aside(connection, place, arrival, known, new[len(good) :], Reason.UNFIT, now)
    return Outcome(aside.end, standing, good, aside.aside, aside.reason)


def _strange(entries: Sequence[Entry], common: Sequence[Entry]) -> Sequence[Entry]:
    """From the first that is not there as it is."""
    is_there = (entry.seq <= len(common) and entry == common[entry.seq - 1] for entry in entries)
    return entries[next((nth for nth, same in enumerate(is_there) if not same), len(entries)) :]


def _why_aside(connection: Connection, arrival: Arrival, standing: Standing, common: Sequence[Entry]) -> Reason | None:
    """None where they may go into the journal, or are there."""
    strange = _strange(arrival.entries, common)
    before = arrival.entries[0].seq - 1
    if before > len(common):
        return last_aside(connection, arrival.lease, before)
    if strange and strange[0].seq <= len(common):
        return Reason.OTHER
    if standing is Standing.RECLAIMED:
        return Reason.RECLAIMED
    return Reason.OTHER if strange and standing is Standing.RETURNED else None


def _that_fit(floor: Floor, place: Place, lease: str, common: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Entry]:
    """Up to the first that cannot follow: each is folded, and a return must tell of all that was before it."""
    running = Running(place, lease)
    for entry in common:
        apply(floor, entry)
        running.add(entry)
    for entry in new:
        event = entry.event
        is_ours = floor.lease is not None and floor.lease.id == lease and not isinstance(event, _NOT_FROM_THERE)
        is_late_enough = floor.at is None or entry.at >= floor.at
        is_true = not isinstance(event, FieldReturned) or (event.lease, event.digest) == (lease, running.digest)
        if not (is_ours and is_late_enough and is_true):
            return
        try:
            apply(floor, entry)
        except Exception:  # whatever a fold cannot take is no entry of this day
            return
        running.add(entry)
        yield entry


def _aside(
    connection: Connection,
    place: Place,
    arrival: Arrival,
    known: Known,
    entries: Sequence[Entry],
    reason: Reason,
    now: datetime,
) -> Outcome:
    kept = keep_aside(connection, place, arrival.lease, entries, reason, now)
    if kept:
        detail: dict[str, str | int] = {"entries": kept, "reason": reason.value}
        note(connection, Deed(_by(arrival.lease), "field.annexed", place[1].isoformat(), place[0], detail), now)
    end = arrival.entries[-1].seq
    return Outcome(end, known.standing, (), len(entries), reason if entries else None)


def _note_return(connection: Connection, place: Place, good: Sequence[Entry], now: datetime) -> None:
    last = good[-1]
    if isinstance(last.event, FieldReturned):
        detail: dict[str, str | int] = {"entries": last.seq, "digest": last.event.digest}
        note(connection, Deed(_by(last.event.lease), "field.returned", place[1].isoformat(), place[0], detail), now)


def _by(lease: str) -> str:
    return f"field:{lease}"
