"""What somebody may do, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from queue_service.records.roles import RIGHTS, Right, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """`branch` None: all branches. `queues`: which of them a clerk may call from; none named: all."""

    role: Role
    branch: str | None = None
    queues: frozenset[str] = frozenset()

    def gives(self, right: Right) -> bool:
        return right in RIGHTS[self.role]


@dataclass(frozen=True, slots=True)
class Staff:
    """Whoever has a valid key, session or paired device. `id` is what the journal and the audit trail say of them."""

    id: str
    grants: tuple[Grant, ...]
    scopes: frozenset[Right] | None = None  # of a key: it may do nothing else
    account: str | None = None  # of a person; a key and a device have none

    def __str__(self) -> str:
        return self.id

    def may(self, right: Right, branch: str | None) -> bool:
        """`branch` None: for what is not of one branch, such as calendars, which takes a grant for all."""
        return self._has(right) and any(grant.gives(right) and grant.branch in (None, branch) for grant in self.grants)

    def may_somewhere(self, right: Right) -> bool:
        return self._has(right) and any(grant.gives(right) for grant in self.grants)

    def branches_with(self, right: Right, branches: Iterable[str]) -> list[str]:
        """Of those that there are, in their order."""
        return [branch for branch in branches if self.may(right, branch)]

    def queues_at(self, branch: str) -> frozenset[str] | None:
        """From which this clerk may call there; None: no grant names any."""
        here = [grant for grant in self.grants if grant.gives(Right.SERVE) and grant.branch in (None, branch)]
        if not here or not all(grant.queues for grant in here):
            return None
        return frozenset().union(*(grant.queues for grant in here))

    def _has(self, right: Right) -> bool:
        return self.scopes is None or right in self.scopes
