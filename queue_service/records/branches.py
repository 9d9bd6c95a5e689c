"""The branches of this installation, kept in memory and looked up anew when their version rises."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.records.plans import BranchPlan, SetupPlan
from queue_service.records.tables import branches


class Branches:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
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

    async def refresh(self) -> bool:
        """Whether anything had changed. Raises Unavailable."""
        try:
            async with self._reading.connect() as connection:
                version = (
                    await connection.execute(select(func.coalesce(func.sum(branches.c.version), 0)))
                ).scalar_one()
                if version == self._version:
                    return False
                rows = (await connection.execute(select(branches).order_by(branches.c.position, branches.c.id))).all()
        except (SQLAlchemyError, OSError) as error:
            raise Unavailable(str(error)) from error
        self._all = {row.id: BranchPlan.model_validate_json(row.plan).branch() for row in rows}
        self._version = version
        return True

    async def set_up(self, plan: SetupPlan) -> list[str]:
        """Writes all of a set-up or nothing; the ids of the branches that are new or changed.

        A branch that the file does not name stays as it is: its people may still be waiting.
        """
        changed = []
        async with self._engine.begin() as connection:
            old = {row.id: row for row in (await connection.execute(select(branches))).all()}
            for position, branch in enumerate(plan.branches):
                row = {"position": position, "plan": branch.model_dump_json(by_alias=True)}
                before = old.get(branch.id)
                if before is None:
                    await connection.execute(insert(branches).values(id=branch.id, version=1, **row))
                elif (before.position, before.plan) != (position, row["plan"]):
                    statement = update(branches).where(branches.c.id == branch.id)
                    await connection.execute(statement.values(version=before.version + 1, **row))
                else:
                    continue
                changed.append(branch.id)
        return changed
