"""The branches of this installation, kept in memory and looked up anew when their version rises."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, insert, select, update

from queue_service.database import Database
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.records.plans import BranchPlan, SetupPlan
from queue_service.records.tables import branches


class Branches:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._version = -1
        self._all: dict[str, Branch] = {}

    @property
    def all(self) -> Mapping[str, Branch]:
        """In the order of the set-up file."""
        return self._all

    def get(self, branch: str) -> Branch:
        try:
            return self._all[branch]
        except KeyError:
            raise NotFound("There is no branch “{branch}”.", branch=branch) from None

    async def refresh(self, anew: bool = False) -> bool:
        """Whether anything had changed; `anew`: as if. Raises Unavailable."""
        known = -1 if anew else self._version
        found = await self._database.read(lambda connection: _read_newer(connection, known))
        if found is None:
            return False
        self._version, self._all = found
        return True

    async def set_up(self, plan: SetupPlan) -> list[str]:
        """Writes all of a set-up or nothing; the ids of the branches that are new or changed. Raises Unavailable.

        A branch that the file does not name stays as it is: its people may still be waiting.
        """
        return await self._database.write(lambda connection: set_up_branches(connection, plan))


def _read_newer(connection: Connection, known: int) -> tuple[int, dict[str, Branch]] | None:
    """The version and all branches, where it is not the version that is known."""
    version = connection.execute(select(func.coalesce(func.sum(branches.c.version), 0))).scalar_one()
    return None if version == known else (version, read_branches(connection))


def read_branches(connection: Connection) -> dict[str, Branch]:
    rows = connection.execute(select(branches).order_by(branches.c.position, branches.c.id)).all()
    return {row.id: BranchPlan.model_validate_json(row.plan).branch() for row in rows}


def set_up_branches(connection: Connection, plan: SetupPlan) -> list[str]:
    changed = []
    old = {row.id: row for row in connection.execute(select(branches)).all()}
    for position, branch in enumerate(plan.branches):
        row = {"position": position, "plan": branch.model_dump_json(by_alias=True)}
        before = old.get(branch.id)
        if before is None:
            connection.execute(insert(branches).values(id=branch.id, version=1, **row))
        elif (before.position, before.plan) != (position, row["plan"]):
            statement = update(branches).where(branches.c.id == branch.id)
            connection.execute(statement.values(version=before.version + 1, **row))
        else:
            continue
        changed.append(branch.id)
    return changed
