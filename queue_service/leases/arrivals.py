"""Entries that come from the field: compared with what is there, verified, and written as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid
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
from queue_service.leases.annex import Reason, keep_aside, why_aside
from queue_service.leases.standing import Known, Standing, find_lease
from queue_service.leases.wire import digest_of
from queue_service.records.audit import Deed, note
from queue_service.records.referrals import keep_referrals

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

    Raises Invalid for lines that are not what was sent.
    """
    wait_for(connection, place)
    epoch, there = read_entries(connection, place)
    first = arrival.entries[0].seq
    if [entry.seq for entry in arrival.entries] != list(range(first, first + len(arrival.entries))):
        raise Invalid("entries: expected each to follow on the one before.")
    known = find_lease(there, arrival.lease) or _as_it_was(place, arrival, there)
    common = there if known.forked is None else there[: known.forked]
    if known.standing is Standing.FORGOTTEN and not _goes_on(connection, place, arrival, there):
        return Outcome(0, known.standing)  # it is to tell all of it, from the beginning
    reason = _why_aside(connection, arrival, known.standing, common)
    if reason is not None:
        return _aside(connection, place, arrival, known, _strange(arrival.entries, common), reason, now)
    new = [entry for entry in arrival.entries if entry.seq > len(common)]
    if first > len(common) + 1 or not new:  # something before them is missing, or nothing of them
        return Outcome(len(common), known.standing)
    if digest_of(place, arrival.lease, [*common, *new]) != arrival.digest:
        raise Invalid("digest: these are not the entries that were sent.")
    good = list(_that_fit(Floor(branch, place[1]), place, arrival.lease, common, new))
    if find_lease([*there, *good], arrival.lease) is None:
        good = []  # not without the taking: nobody would know that the rest is away
    if good:
        insert_in_epoch(connection, entry_table, Change(place, good, now, None, None).rows, epoch)
        keep_referrals(connection, place, good)
        _note(connection, place, arrival.lease, good, now)
    standing = Standing.RETURNED if good and isinstance(good[-1].event, FieldReturned) else known.standing
    if len(good) == len(new):
        return Outcome(len(common) + len(good), standing, good)
    aside = _aside(connection, place, arrival, known, new[len(good) :], Reason.UNFIT, now)
    return Outcome(aside.end, standing, good, aside.aside, aside.reason)


def _as_it_was(place: Place, arrival: Arrival, there: Sequence[Entry]) -> Known:
    """A lease of which this journal does not know, though its pass was given: it was restored to before the taking.

    Where all that is there now is how the field's own day begins, what came after it until the taking is written again,
    and the lease is what it was. Where the day has gone on here in another way, it is not.
    """
    new = _strange(arrival.entries, there)
    follows = bool(new) and new[0].seq == len(there) + 1
    takings = (entry.event for entry in new if isinstance(entry.event, FieldTaken))
    taken = next((event for event in takings if event.lease == arrival.lease), None)
    if follows and taken and digest_of(place, arrival.lease, [*there, *new]) == arrival.digest:
        return Known(Standing.OUT, taken.device)
    return Known(Standing.FORGOTTEN, "")


def _goes_on(connection: Connection, place: Place, arrival: Arrival, there: Sequence[Entry]) -> bool:
    """Whether all that the field has written before these is here: in the journal, or aside."""
    before = arrival.entries[0].seq - 1
    if before == 0 or why_aside(connection, arrival.lease, before):
        return True
    is_there = before <= len(there)
    return is_there and digest_of(place, arrival.lease, [*there[:before], *arrival.entries]) == arrival.digest


def _strange(entries: Sequence[Entry], common: Sequence[Entry]) -> Sequence[Entry]:
    """From the first that is not there as it is."""
    is_there = (entry.seq <= len(common) and entry == common[entry.seq - 1] for entry in entries)
    return entries[next((nth for nth, same in enumerate(is_there) if not same), len(entries)) :]


def _why_aside(connection: Connection, arrival: Arrival, standing: Standing, common: Sequence[Entry]) -> Reason | None:
    """None where they may go into the journal, or are there."""
    strange = _strange(arrival.entries, common)
    before = arrival.entries[0].seq - 1
    if before > len(common):
        return why_aside(connection, arrival.lease, before)
    if standing is Standing.FORGOTTEN:
        return Reason.FORGOTTEN
    if strange and strange[0].seq <= len(common):
        return Reason.OTHER
    if standing is Standing.RECLAIMED:
        return Reason.RECLAIMED
    return Reason.OTHER if strange and standing is Standing.RETURNED else None


def _that_fit(floor: Floor, place: Place, lease: str, common: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Entry]:
    """Up to the first that cannot follow: each is folded, and a return must tell of all that was before it.

    Before the taking they are the centre's own, lost there: nothing but an end of the day cannot be among them.
    """
    running = Running(place, lease)
    for entry in common:
        apply(floor, entry)
        running.add(entry)
    is_taken = find_lease(common, lease) is not None
    for entry in new:
        event = entry.event
        is_late_enough = floor.at is None or entry.at >= floor.at
        if not is_taken:
            is_good = not isinstance(event, DayClosed)
            is_taken = isinstance(event, FieldTaken) and event.lease == lease
        else:
            is_ours = floor.lease is not None and floor.lease.id == lease and not isinstance(event, _NOT_FROM_THERE)
            is_true = not isinstance(event, FieldReturned) or (event.lease, event.digest) == (lease, running.digest)
            is_good = is_ours and is_true
        if not (is_good and is_late_enough):
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


def _note(connection: Connection, place: Place, lease: str, good: Sequence[Entry], now: datetime) -> None:
    """What an auditor would ask about."""
    taken = next((e for e in good if isinstance(e.event, FieldTaken) and e.event.lease == lease), None)
    if taken is not None:
        lost: dict[str, str | int] = {"entries": taken.seq - good[0].seq + 1}
        note(connection, Deed(_by(lease), "field.restored", place[1].isoformat(), place[0], lost), now)
    last = good[-1]
    if isinstance(last.event, FieldReturned):
        detail: dict[str, str | int] = {"entries": last.seq, "digest": last.event.digest}
        note(connection, Deed(_by(last.event.lease), "field.returned", place[1].isoformat(), place[0], detail), now)


def _by(lease: str) -> str:
    return f"field:{lease}"
