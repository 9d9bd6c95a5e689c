"""What is written with the entries of complaints, encrypted as people's data are, and erased when its time is over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from queue_service.domain.branches import Branch
from queue_service.domain.complaint_rules import USUAL
from queue_service.domain.events import to_ms
from queue_service.records.complaints.tables import complaint_entries, complaint_words
from queue_service.records.people.keys import KeyRing


class Kept(StrEnum):
    WORDS = "words"
    CONTACT = "contact"
    NAMES = "names"  # digests, by which words of the name of whoever complains are known again


def keep(connection: Connection, keys: KeyRing, place: tuple[str, int], what: Kept, text: str) -> None:
    complaint, seq = place
    sealed = keys.encrypt(_row(complaint, seq), what, text)
    row = {"complaint": complaint, "seq": seq, "what": what, "key": keys.newest, "sealed": sealed}
    connection.execute(insert(complaint_words).values(**row))


def read_words(connection: Connection, keys: KeyRing, complaint: str) -> Mapping[tuple[int, Kept], str]:
    """What is still kept. Raises Unreadable."""
    rows = connection.execute(select(complaint_words).where(complaint_words.c.complaint == complaint))
    return {
        (row.seq, Kept(row.what)): keys.decrypt(row.key, _row(complaint, row.seq), row.what, row.sealed) for row in rows
    }


def _row(complaint: str, seq: int) -> str:
    return f"complaint\0{complaint}\0{seq}"


def erase_words(
    connection: Connection, plans: Mapping[str, Branch], today: date
) -> Iterator[tuple[str, Kept, date, int, int]]:
    """Of each branch and kind: up to which day complaints had to be closed, how many rows went, how many are left."""
    known = set(connection.execute(select(complaint_entries.c.branch).distinct()).scalars())
    for branch in sorted(known):
        rules = plans[branch].complaints if branch in plans else USUAL
        times = {Kept.CONTACT: rules.contact_days, Kept.WORDS: rules.words_days, Kept.NAMES: rules.words_days}
        for what, days in times.items():
            until = today - timedelta(days=days)
            before = _begin_of_day_after(until, plans.get(branch))
            yield branch, what, until, *_erase(connection, branch, what, to_ms(before))


def _erase(connection: Connection, branch: str, what: Kept, before_ms: int) -> tuple[int, int]:
    of_branch = select(complaint_entries.c.complaint).where(complaint_entries.c.branch == branch)
    closed = of_branch.where(complaint_entries.c.kind == "closed", complaint_entries.c.at_ms < before_ms)
    gone = delete(complaint_words).where(complaint_words.c.what == what, complaint_words.c.complaint.in_(closed))
    rows = connection.execute(gone).rowcount
    left = select(func.count()).select_from(complaint_words)
    return rows, connection.execute(
        left.where(complaint_words.c.what == what, complaint_words.c.complaint.in_(of_branch))
    ).scalar_one()


def _begin_of_day_after(day: date, branch: Branch | None) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), branch.timezone if branch else UTC)


def rotate_some_words(connection: Connection, keys: KeyRing, most: int) -> int:
    """Encrypts so many rows anew with the newest key. Raises Unreadable."""
    found = select(complaint_words).where(complaint_words.c.key != keys.newest).limit(most)
    rows = connection.execute(found.with_for_update()).all()
    for row in rows:
        name = _row(row.complaint, row.seq)
        text = keys.decrypt(row.key, name, row.what, row.sealed)
        one = and_(
            complaint_words.c.complaint == row.complaint,
            complaint_words.c.seq == row.seq,
            complaint_words.c.what == row.what,
        )
        sealed = keys.encrypt(name, row.what, text)
        connection.execute(update(complaint_words).where(one).values(key=keys.newest, sealed=sealed))
    return len(rows)


def keys_of_words(connection: Connection) -> dict[str, int]:
    counted = select(complaint_words.c.key, func.count().label("rows")).group_by(complaint_words.c.key)
    return {row.key: row.rows for row in connection.execute(counted)}
