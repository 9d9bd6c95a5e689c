"""Claims: what a person may have only once at a time. The primary key is the referee, also between two days' journals.

A row says which ticket had the claim last. Whether that ticket is still alive its own journal says, so that nothing has
to be written when it ends: whoever claims next names it as over, and takes its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, and_, delete, insert, or_, select, tuple_, update

from queue_service.journal.tables import claims

Ticket = tuple[date, str]  # a day and a label, at the claim's branch
Place = tuple[str, date]
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """To be the only one in this queue. `digests`: of who they are, one by each key that is in use.

    `over`: the tickets that had it and have ended.
    """

    branch: str
    queue: str
    digests: tuple[str, ...]
    over: frozenset[Ticket] = frozenset()

    @property
    def keys(self) -> list[Key]:
        return [(self.branch, self.queue, digest) for digest in self.digests]

    def is_free(self, held: Mapping[Key, Ticket]) -> bool:
        return all(key not in held or held[key] in self.over for key in self.keys)

    def after(self, over: Iterable[Ticket]) -> Claim:
        return replace(self, over=frozenset(over))


class Claimed(Exception):
    """Somebody has this claim by now, or another ticket than those that are over."""


def held_claims(connection: Connection, wanted: Iterable[Claim]) -> dict[Key, Ticket]:
    """Those of them that a ticket has, or had."""
    keys = {key for claim in wanted for key in claim.keys}
    if not keys:
        return {}
    is_one = or_(*(and_(claims.c.branch == b, claims.c.queue == q, claims.c.digest == d) for b, q, d in keys))
    rows = connection.execute(select(claims).where(is_one))
    return {(row.branch, row.queue, row.digest): (row.day, row.label) for row in rows}


def write_claims(connection: Connection, taken: Iterable[tuple[Claim, Ticket]]) -> None:
    """Raises IntegrityError when another was quicker."""
    rows = sorted((key, claim.over, ticket) for claim, ticket in taken for key in claim.keys)
    for (branch, queue, digest), over, _ in rows:
        for day, label in sorted(over):
            connection.execute(
                delete(claims).where(
                    and_(claims.c.branch == branch, claims.c.queue == queue, claims.c.digest == digest),
                    and_(claims.c.day == day, claims.c.label == label),
                )
            )
    for (branch, queue, digest), _, (day, label) in rows:
        connection.execute(insert(claims).values(branch=branch, queue=queue, digest=digest, day=day, label=label))


def only_claimed_by(connection: Connection, newest: str) -> date | None:
    """The last day of a claim that is not known by a digest of this key too; None where all are."""
    mine = select(claims.c.branch, claims.c.day, claims.c.label).where(claims.c.digest.startswith(f"{newest}:"))
    others = select(claims).where(tuple_(claims.c.branch, claims.c.day, claims.c.label).not_in(mine))
    return max((row.day for row in connection.execute(others)), default=None)


def forget_claims(connection: Connection, before: date) -> None:
    """Of days that are over everywhere."""
    connection.execute(delete(claims).where(claims.c.day < before))


def move_claims(connection: Connection, before: tuple[Place, str], after: tuple[Place, str]) -> None:
    """To another ticket at the same branch, which takes this one's place."""
    ((branch, day), label), ((_, new_day), new_label) = before, after
    of_ticket = and_(claims.c.branch == branch, claims.c.day == day, claims.c.label == label)
    connection.execute(update(claims).where(of_ticket).values(day=new_day, label=new_label))
