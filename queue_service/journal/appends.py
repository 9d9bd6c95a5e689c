"""Appends that wait for a commit, and the verdict on each. No I/O: that is the journal's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from queue_service import traces
from queue_service.domain.entries import event_fields
from queue_service.domain.events import Entry, EntryEvent, TicketEvent, to_ms
from queue_service.journal.claims import Claim, Claimed, Key, Ticket

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Place = tuple[str, date]  # a branch and a day: one journal


class Conflict(Exception):
    """`after` is no longer the end of this journal: somebody else has written since."""


class Replayed(Exception):
    """This request was carried out before; `answer` is what it was told then."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer


class KeyReused(Exception):
    """The idempotency key was used before, for something else."""


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a repeated request the same one."""

    key: str
    fingerprint: str


@dataclass(slots=True, eq=False)
class Basis:
    """What a run of appends was decided on. Once one of them is refused, all that follow rest on what never happened,
    even where their `after` is the journal's end again because somebody else has written there."""

    epoch: str = ""  # of the journal that the floor was read from
    is_broken: bool = False
    newest: asyncio.Future[None] | None = None  # the last of the run

    async def settle(self) -> None:
        """Until all of the run so far is durable, or broken."""
        if self.newest is not None:
            await asyncio.wait([self.newest])


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    fingerprint: str
    answer: str

    def verdict_on(self, request: Request) -> Exception:
        return Replayed(json.loads(self.answer)) if self.fingerprint == request.fingerprint else KeyReused()


@dataclass(frozen=True, slots=True)
class Beside:
    """What is kept beside the entries of one action, and not in the journal. `write` is given them and their place."""

    write: Callable[[Connection, Place, Sequence[Entry]], None]
    claim: Claim | None = None


@dataclass(slots=True, eq=False)
class Change:
    """Entries of one action, what is kept beside them, and what whoever asked for it is told: written together, or not
    at all."""

    place: Place
    entries: Sequence[Entry]
    at: datetime
    request: Request | None
    answer: Any  # plain JSON
    beside: Beside | None = None
    _known: KnownAnswer | None = None

    @property
    def claim(self) -> Claim | None:
        return None if self.beside is None else self.beside.claim

    @property
    def ticket(self) -> Ticket:
        return self.place[1], new_label(self.entries)

    def take(self, held: dict[Key, Ticket]) -> None:
        """The claim, of which `held` says that it is free."""
        if self.claim is not None:
            held.update(dict.fromkeys(self.claim.keys, self.ticket))

    @property
    def rows(self) -> list[dict[str, Any]]:
        branch, day = self.place
        return [
            {
                "branch": branch,
                "day": day,
                "seq": entry.seq,
                "at_ms": to_ms(entry.at),
                "by": entry.by,
                "kind": entry.event.kind,
                "fields": _encode(event_fields(entry.event)),
            }
            for entry in self.entries
        ]

    @property
    def key_row(self) -> dict[str, Any]:
        assert self.request is not None
        known = self.known_answer
        return {
            "key": self.request.key,
            "fingerprint": known.fingerprint,
            "answer": known.answer,
            "at_ms": to_ms(self.at),
        }

    @property
    def known_answer(self) -> KnownAnswer:
        assert self.request is not None
        if self._known is None:
            self._known = KnownAnswer(self.request.fingerprint, _encode(self.answer))
        return self._known


def new_label(entries: Sequence[Entry]) -> str:
    """Of the ticket that they make; of an entry that waits for one, its id."""
    event = entries[0].event
    assert isinstance(event, (TicketEvent, EntryEvent))
    return event.label if isinstance(event, TicketEvent) else event.entry


@dataclass(slots=True, eq=False)
class Append:
    """A change that waits for its commit. `after`: the end of the journal that it was decided on."""

    change: Change
    after: int
    basis: Basis
    done: asyncio.Future[None] = field(default_factory=asyncio.Future)
    verdict: Exception | None = None
    cause: Any = field(default_factory=traces.current)  # for the trace of the commit

    def settle(self) -> None:
        if self.done.done():
            return
        if self.verdict is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(self.verdict)


def judge(
    batch: Iterable[Append],
    epoch: str,
    ends: Mapping[Place, int | None],
    known: Mapping[str, KnownAnswer],
    held: Mapping[Key, Ticket],
) -> list[Append]:
    """Which of a batch may be written, in its order; the verdict is set on the others.

    `ends`: None where another is writing at this moment.
    """
    ends, known, held = dict(ends), dict(known), dict(held)
    accepted = []
    for append in batch:
        change = append.change
        append.basis.is_broken |= append.basis.epoch != epoch
        append.verdict = _verdict(append, ends[change.place], known, held)
        if append.verdict is not None:
            append.basis.is_broken = True
            continue
        accepted.append(append)
        change.take(held)
        ends[change.place] = append.after + len(change.entries)
        if change.request is not None:
            known[change.request.key] = change.known_answer
    return accepted


def _verdict(
    append: Append, end: int | None, known: Mapping[str, KnownAnswer], held: Mapping[Key, Ticket]
) -> Exception | None:
    request, claim = append.change.request, append.change.claim
    if request is not None and request.key in known:
        return known[request.key].verdict_on(request)
    if append.basis.is_broken or append.after != end:
        return Conflict()
    return None if claim is None or claim.is_free(held) else Claimed()
