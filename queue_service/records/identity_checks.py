"""What staff want to know of the population register: asked where connections are served, which has the way out.

The question names a number, whose row in `people` holds the rest; a birth date beside it lies encrypted until then.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from queue_service.domain.events import from_ms, to_ms
from queue_service.domain.identity_checks import Oddity, Result, Verdict
from queue_service.records.audit import Deed, note
from queue_service.records.cases.tables import identity_checks
from queue_service.records.people.keys import KeyRing, Unreadable

CHECKED = "identity.checked"
CHECKS_KEPT = timedelta(days=1)
PATIENCE = timedelta(seconds=40)  # after which nobody waits for an answer any more
_BIRTH = "birth"


class Stage(StrEnum):
    ASKED = "asked"
    BEGUN = "begun"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    branch: str
    day: date
    label: str
    by: str
    stage: Stage
    at: datetime
    verdict: Verdict | None = None

    def as_of(self, now: datetime) -> Check:
        """One that nobody has answered for long will not be."""
        if self.stage is Stage.ANSWERED or now < self.at + PATIENCE:
            return self
        unheard = Verdict(Result.UNAVAILABLE, "nobody serves this connection")
        return Check(self.id, self.branch, self.day, self.label, self.by, Stage.ANSWERED, self.at, unheard)


@dataclass(frozen=True, slots=True)
class Asked:
    connection: str
    branch: str
    day: date
    label: str
    birth_date: date | None = None


def ask(connection: Connection, keys: KeyRing, asked: Asked, by: str, now: datetime) -> str:
    """Its id."""
    row = secrets.token_hex(16)
    sealed = None if asked.birth_date is None else keys.encrypt(row, _BIRTH, asked.birth_date.isoformat())
    connection.execute(
        insert(identity_checks).values(
            id=row,
            connection=asked.connection,
            branch=asked.branch,
            day=asked.day,
            label=asked.label,
            by=by,
            stage=Stage.ASKED,
            at_ms=to_ms(now),
            key=None if sealed is None else keys.newest,
            birth=sealed,
            told="",
        )
    )
    return row


def take_up(connection: Connection, keys: KeyRing, name: str, now: datetime) -> list[tuple[Check, date | None]]:
    """What is asked of this connection: ours from now on, and the birth date with it."""
    since = to_ms(now - PATIENCE)
    wanted = (identity_checks.c.connection == name, identity_checks.c.stage == Stage.ASKED)
    rows = connection.execute(select(identity_checks).where(*wanted).with_for_update()).all()
    begun = {"stage": Stage.BEGUN, "key": None, "birth": None}
    connection.execute(update(identity_checks).where(*wanted).values(**begun))
    return [
        (Check(row.id, row.branch, row.day, row.label, row.by, Stage.BEGUN, from_ms(row.at_ms)), _birth(keys, row))
        for row in rows
        if row.at_ms >= since
    ]


def _birth(keys: KeyRing, row: object) -> date | None:
    sealed = getattr(row, "birth", None)
    if sealed is None:
        return None
    try:
        return date.fromisoformat(keys.decrypt(getattr(row, "key", ""), getattr(row, "id", ""), _BIRTH, sealed))
    except Unreadable:  # its key has gone within the second
        return None


def is_asked(connection: Connection, name: str) -> bool:
    wanted = (identity_checks.c.connection == name, identity_checks.c.stage == Stage.ASKED)
    return connection.execute(select(identity_checks.c.id).where(*wanted).limit(1)).first() is not None


def answer(connection: Connection, check: Check, verdict: Verdict, now: datetime) -> None:
    """With a note of the result and the time, and of nothing that it was found from."""
    told = json.dumps({"result": verdict.result, "reason": verdict.reason, "oddities": verdict.oddities})
    of_it = identity_checks.c.id == check.id
    connection.execute(update(identity_checks).where(of_it).values(stage=Stage.ANSWERED, at_ms=to_ms(now), told=told))
    detail: dict[str, str | int] = {"day": check.day.isoformat(), "result": verdict.result.value}
    if verdict.result is Result.BLOCKED:
        detail["reason"] = verdict.reason
    note(connection, Deed(check.by, CHECKED, check.label, check.branch, detail), now)


def find_checks(connection: Connection, branch: str, day: date, label: str) -> list[Check]:
    """The newest first."""
    of_ticket = (
        identity_checks.c.branch == branch,
        identity_checks.c.day == day,
        identity_checks.c.label == label,
    )
    rows = connection.execute(
        select(identity_checks).where(*of_ticket).order_by(identity_checks.c.at_ms.desc()).limit(5)
    )
    return [
        Check(
            row.id,
            row.branch,
            row.day,
            row.label,
            row.by,
            Stage(row.stage),
            from_ms(row.at_ms),
            _verdict(row.told) if row.told else None,
        )
        for row in rows
    ]


def _verdict(told: str) -> Verdict:
    said = json.loads(told)
    return Verdict(Result(said["result"]), said["reason"], tuple(map(Oddity, said["oddities"])))


def forget_checks(connection: Connection, until: datetime) -> None:
    connection.execute(delete(identity_checks).where(identity_checks.c.at_ms < to_ms(until)))
