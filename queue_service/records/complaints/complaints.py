"""The complaints of this installation: filed once, followed by a capability, and dealt with entry by entry."""

from __future__ import annotations

import hmac
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from queue_service.database import Database, Unavailable
from queue_service.domain import complaints
from queue_service.domain.branches import Branch
from queue_service.domain.complaint_events import (
    Added,
    Answered,
    Closed,
    Entry,
    Escalated,
    Event,
    Filed,
    Sorted,
    event_fields,
    read_event,
)
from queue_service.domain.complaints import (
    STEPS,
    Action,
    Add,
    Answer,
    Close,
    Complaint,
    Escalate,
    Passage,
    Sort,
    fold,
)
from queue_service.domain.errors import NotAllowed, NotFound
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.audit import Deed, note
from queue_service.records.complaints.tables import complaint_entries as entries
from queue_service.records.complaints.words import Kept, keep, read_words
from queue_service.records.people.keys import KeyRing
from queue_service.records.people.people import checked_reason
from queue_service.screening import name_words, nobody
from queue_service.secrets import Secrets

PREFIX = "AD"
TRIES = 20  # each time another may have been quicker, or another complaint have the number
CODE_DIGITS = 8
REVEALED = "complaint.revealed"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that looks like another
_LOOKS_LIKE = str.maketrans("OIL", "011")
_is_number = re.compile(rf"{PREFIX}-[{_LETTERS}]{{4}}-[{_LETTERS}]{{4}}").fullmatch

# How people are spoken to, or reached: no part of a name.
_NO_NAMES = frozenset(["ibu", "bapak", "pak", "mbak", "mas", "telepon", "telp", "nomor", "email", "whatsapp"])

Words = Mapping[tuple[int, Kept], str]


class UsedBefore(NotAllowed):
    """The key was, for another complaint."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A complaint as it is brought. `name`: of whoever has the ticket from whose page it comes."""

    filed: Filed
    words: str
    contact: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done, by whom and with what words. `after`: the last entry that they had before their eyes."""

    action: Action
    by: str
    words: str = ""
    after: int | None = None


class Complaints:
    def __init__(self, database: Database, keys: KeyRing, secrets: Secrets) -> None:
        self._database = database
        self._keys = keys
        self._secrets = secrets

    # By what a complaint is known

    def code_of(self, number: str) -> str:
        """Digits that only its writer has: with the number, they open it where there is no link."""
        return _code(self._secrets.digest("complaint-code", number.encode()))

    async def by_code(self, number: str, code: str) -> Complaint:
        """Raises NotFound, in the same words whichever of them is wrong."""
        given = re.sub(r"[\s.-]", "", code)
        codes = [_code(each) for each in self._secrets.digests("complaint-code", number.encode())]
        if not any(hmac.compare_digest(known.encode(), given.encode()) for known in codes):
            raise NotFound("This number and code do not belong together.")
        try:
            return await self.get(number)
        except NotFound:
            raise NotFound("This number and code do not belong together.") from None

    # Reading

    async def get(self, number: str) -> Complaint:
        """Raises NotFound."""
        return await self._database.read(lambda connection: _read(connection, number))

    async def words_of(self, complaint: Complaint) -> Words:
        """What is still kept of it."""
        return await self._database.read(lambda connection: read_words(connection, self._keys, complaint.number))

    async def open_at(self, branches: Collection[str]) -> list[Complaint]:
        """Those first that are due first."""
        closed = select(entries.c.complaint).where(entries.c.kind == "closed", entries.c.branch.in_(branches))
        is_open = entries.c.branch.in_(branches) & entries.c.complaint.not_in(closed)
        found = await self._database.read(lambda connection: _read_many(connection, is_open))
        return sorted(found, key=lambda each: (each.due, each.filed_at))

    async def closed_at(self, branches: Collection[str], limit: int) -> list[Complaint]:
        """The newest first."""
        closed = select(entries.c.complaint).where(entries.c.kind == "closed", entries.c.branch.in_(branches))
        newest = closed.order_by(entries.c.at_ms.desc()).limit(limit).scalar_subquery()
        found = await self._database.read(lambda connection: _read_many(connection, entries.c.complaint.in_(newest)))
        return sorted(found, key=lambda each: each.closed_at or each.filed_at, reverse=True)

    async def filed_between(self, branches: Collection[str], since: datetime, until: datetime) -> list[Complaint]:
        at = entries.c.at_ms >= to_ms(since), entries.c.at_ms < to_ms(until)
        filed = select(entries.c.complaint).where(entries.c.kind == "filed", entries.c.branch.in_(branches), *at)
        return await self._database.read(lambda connection: _read_many(connection, entries.c.complaint.in_(filed)))

    async def passed_to(self, connection: str, branches: Collection[str], *passages: Passage) -> list[Complaint]:
        """Open ones that were passed on by this connection, in the order in which they were filed."""
        of_kind = select(entries.c.complaint).where(entries.c.branch.in_(branches))
        passed = entries.c.complaint.in_(of_kind.where(entries.c.kind == "escalated"))
        is_open = entries.c.complaint.not_in(of_kind.where(entries.c.kind == "closed"))
        found = await self._database.read(lambda reading: _read_many(reading, passed & is_open))
        mine = (each for each in found if each.escalation and each.escalation.connection == connection)
        these = (each for each in mine if each.passage in passages)
        return sorted(these, key=lambda each: (each.filed_at, each.number))

    def is_name(self, complaint: Complaint, words: Words) -> Callable[[str], bool]:
        """Whether a word is of the name of whoever complains: of that only digests are kept, which are no name."""
        known = frozenset(words.get((1, Kept.NAMES), "").split())
        if not known:
            return nobody
        return lambda word: not known.isdisjoint(self._digests_of_name(complaint.number, word))

    def _digests_of_name(self, number: str, word: str) -> Iterator[str]:
        """By each of the secrets, the newest first."""
        found = self._secrets.digests("complaint-name", f"{number}/{word}".encode())
        return (digest.hex()[:16] for digest in found)

    # Writing

    async def file(self, filing: Filing, key: str, by: str, now: datetime) -> Complaint:
        """With the same key it is there once, however often it is brought. Raises UsedBefore, Unavailable."""
        said = json.dumps([repr(filing.filed), filing.words, filing.contact])
        request = self._secrets.digest("complaint-request", key.encode()).hex()[:32]
        fingerprint = self._secrets.digest("complaint-fingerprint", said.encode()).hex()[:32]
        filed = replace(filing.filed, request=request, fingerprint=fingerprint, has_contact=bool(filing.contact))
        for attempt in range(TRIES):
            number = _number(self._secrets.digest("complaint-number", f"{key}/{attempt}".encode()))
            write = self._filing(number, replace(filing, filed=filed), by, now)
            try:
                return await self._database.write(write)
            except IntegrityError:
                known = await self.get(number)
            if known.filed.request == request:
                if known.filed.fingerprint != fingerprint:
                    raise UsedBefore("This form was sent before, with other words.")
                return known
        raise Unavailable("Too many others have such a number.")

    def _filing(self, number: str, filing: Filing, by: str, now: datetime) -> Callable[[Connection], Complaint]:
        def write(connection: Connection) -> Complaint:
            entry = Entry(1, from_ms(to_ms(now)), by, filing.filed)
            _append(connection, number, filing.filed.branch, entry)
            keep(connection, self._keys, (number, 1), Kept.WORDS, filing.words)
            if filing.contact:
                keep(connection, self._keys, (number, 1), Kept.CONTACT, filing.contact)
            contact = re.sub(r"@\S*", "", filing.contact)  # of an address what stands before that
            if names := name_words(f"{filing.name} {contact}") - _NO_NAMES:
                digests = (next(self._digests_of_name(number, word)) for word in sorted(names))
                keep(connection, self._keys, (number, 1), Kept.NAMES, " ".join(digests))
            return fold(number, [entry])

        return write

    async def act(self, number: str, step: Step, branch: Branch, now: datetime) -> Complaint:
        """As it is then; what was done already, with the same words, is not done again. Raises a Refusal."""
        for _ in range(TRIES):
            try:
                return await self._database.write(lambda connection: self._act(connection, number, step, branch, now))
            except IntegrityError:
                continue
        raise Unavailable("Too many others write to the same complaint.")

    def _act(self, connection: Connection, number: str, step: Step, branch: Branch, now: datetime) -> Complaint:
        complaint = _read(connection, number)
        if step.after is not None and step.after != complaint.seq:
            if self._was_done(connection, complaint, step):
                return complaint
            raise NotAllowed("Somebody else has written meanwhile. Please look again.")
        event = complaints.decide(complaint, step.action, branch)
        if event is None:
            return complaint
        entry = Entry(complaint.seq + 1, from_ms(to_ms(now)), step.by, event)
        _append(connection, number, complaint.branch, entry)
        if step.words:
            keep(connection, self._keys, (number, entry.seq), Kept.WORDS, step.words)
        return complaints.apply(number, complaint, entry)

    def _was_done(self, connection: Connection, complaint: Complaint, step: Step) -> bool:
        """A form that was sent twice."""
        seq = (step.after or 0) + 1
        if seq > complaint.seq:
            return False
        entry = complaint.entries[seq - 1]
        words = read_words(connection, self._keys, complaint.number).get((seq, Kept.WORDS), "")
        return entry.by == step.by and isinstance(entry.event, _DOES[type(step.action)]) and words == step.words

    async def reveal(self, complaint: Complaint, what: Kept, seq: int, why: tuple[str, str], now: datetime) -> str:
        """In full, and a note of it in the audit trail: never one without the other. `why`: by whom, and the reason."""
        by, reason = why[0], checked_reason(why[1])

        def work(connection: Connection) -> str:
            text = read_words(connection, self._keys, complaint.number).get((seq, what))
            if text is None:
                raise NotFound("Nothing is kept of that any more.")
            detail: dict[str, str | int] = {"field": what.value, "entry": seq, "reason": reason}
            note(connection, Deed(by, REVEALED, complaint.number, complaint.branch, detail), now)
            return text

        return await self._database.write(work)


_DOES: Mapping[type[Action], type[Event]] = {
    Sort: Sorted,
    Answer: Answered,
    Add: Added,
    Escalate: Escalated,
    Close: Closed,
    **{step: event for step, (_, event) in STEPS.items()},
}


def read_number(typed: str) -> str:
    """As it is written, whatever was typed. Raises NotFound."""
    bare = re.sub(r"[^A-Z0-9]", "", typed.upper()).removeprefix(PREFIX).translate(_LOOKS_LIKE)
    number = f"{PREFIX}-{bare[:4]}-{bare[4:]}"
    if not _is_number(number):
        raise NotFound("This number and code do not belong together.")
    return number


def _code(digest: bytes) -> str:
    return f"{int.from_bytes(digest[:8], 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _number(digest: bytes) -> str:
    bits = int.from_bytes(digest[:5], "big")
    letters = "".join(_LETTERS[bits >> 5 * place & 31] for place in range(8))
    return f"{PREFIX}-{letters[:4]}-{letters[4:]}"


def _append(connection: Connection, number: str, branch: str, entry: Entry) -> None:
    fields = json.dumps(event_fields(entry.event), ensure_ascii=False, separators=(",", ":"))
    row = {"complaint": number, "seq": entry.seq, "branch": branch, "at_ms": to_ms(entry.at), "by": entry.by}
    connection.execute(insert(entries).values(**row, kind=entry.event.kind, fields=fields))


def _read(connection: Connection, number: str) -> Complaint:
    rows = connection.execute(select(entries).where(entries.c.complaint == number).order_by(entries.c.seq))
    return fold(number, map(_entry, rows))


def _read_many(connection: Connection, which: ColumnElement[bool]) -> list[Complaint]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in connection.execute(select(entries).where(which).order_by(entries.c.complaint, entries.c.seq)):
        found[row.complaint].append(_entry(row))
    return [fold(number, written) for number, written in found.items()]


def _entry(row: Row[Any]) -> Entry:
    return Entry(row.seq, from_ms(row.at_ms), row.by, read_event(row.kind, json.loads(row.fields)))
