"""The audit trail for those who may read it, whether on the office page or over the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from queue_service.records.audit import Asked, Audited, read_audit
from queue_service.records.roles import Right
from queue_service.records.staff.grants import Staff
from queue_service.web.house import House
from queue_service.web.staff import check_may

AT_ONCE = 50
ID_DIGITS = 19
_LARGEST = 2**63 - 1  # that the database can compare with


@dataclass(frozen=True, slots=True)
class Question:
    """Empty: whatever. `by`: a login, or an id, or a part of one."""

    by: str = ""
    what: str = ""
    branch: str = ""
    day: date | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`before`: with which the next is asked for; None: this is the last."""

    entries: list[Audited]
    before: int | None


async def read_trail(house: House, staff: Staff, question: Question) -> Page:
    """Of the branches whose trail one may read; what is of none takes the right for all. Raises Forbidden."""
    if question.branch:
        check_may(staff, Right.READ_AUDIT, question.branch)
    seen = None if staff.may(Right.READ_AUDIT, None) else staff.branches_with(Right.READ_AUDIT, house.branches.all)
    begin = None if question.day is None else _midnight(house, question.branch, question.day)
    asked = Asked(
        by=named_by(house, staff, question.by),
        what=question.what,
        branches=[question.branch] if question.branch else seen,
        since=begin,
        until=None if begin is None else begin + timedelta(days=1),
        before=None if question.before is None else min(question.before, _LARGEST),
    )
    found = await house.database.read(lambda connection: read_audit(connection, asked=asked, limit=AT_ONCE + 1))
    return Page(found[:AT_ONCE], found[AT_ONCE - 1].id if len(found) > AT_ONCE else None)


def logins_seen(house: House, staff: Staff) -> Mapping[str, str]:
    """By what the trail and the journal, which name nobody, say of whom: for those who may see accounts."""
    if not staff.may(Right.READ_STAFF, None):
        return {}
    return {f"clerk:{account.id}": account.login for account in house.sessions.accounts.values()}


def named_by(house: House, staff: Staff, by: str) -> str:
    """A login by its account's id, which stands in all that its owner did and that was done to the account."""
    known = (id_.partition(":")[2] for id_, login in logins_seen(house, staff).items() if login == by)
    return next(known, by)


def _midnight(house: House, branch: str, day: date) -> datetime | None:
    """At that branch, or else at the first that there is."""
    known = house.branches.all.get(branch) or next(iter(house.branches.all.values()), None)
    if known is None or not date(2000, 1, 2) < day < date(2100, 1, 1):
        return None
    return datetime.combine(day, datetime.min.time(), known.timezone)
