"""The branches of this installation, kept in memory and looked up anew when their version rises."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from secrets import randbits
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from queue_service.database import Database
from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.records.calendar_plans import NO_CALENDAR, CalendarPlan
from queue_service.records.people.wordings import keep_wordings
from queue_service.records.plans import BranchPlan, SetupPlan
from queue_service.records.tables import branches, calendars


class Branches:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._version = -1
        self._all: dict[str, Branch] = {}
        self._refreshing = asyncio.Lock()  # else an older reading that took longer could replace a newer one

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
        async with self._refreshing:
            version = -1 if anew else self._version
            found = await self._database.read(lambda connection: _read_newer(connection, version))
            if found is None:
                return False
            self._version, self._all = found
            return True

    async def set_up(self, plan: SetupPlan) -> list[str]:
        """Writes all of a set-up or nothing; the ids of what is new or changed. Raises Unavailable.

        A branch that the file does not name stays as it is: its people may still be waiting. So does a calendar.
        """
        return await self._database.write(lambda connection: set_up_branches(connection, plan))


def _read_newer(connection: Connection, known: int) -> tuple[int, dict[str, Branch]] | None:
    """The version and all branches, where it is not the version that is known."""
    version = sum(
        connection.execute(select(func.coalesce(func.sum(table.c.version), 0))).scalar_one()
        for table in (branches, calendars)
    )
    return None if version == known else (version, read_branches(connection))


def read_branches(connection: Connection) -> dict[str, Branch]:
    shared = {row.id: CalendarPlan.model_validate_json(row.plan) for row in connection.execute(select(calendars)).all()}
    rows = connection.execute(select(branches).order_by(branches.c.position, branches.c.id)).all()
    plans = (BranchPlan.model_validate_json(row.plan) for row in rows)
    return {plan.id: plan.branch(shared.get(plan.calendar or "", NO_CALENDAR)) for plan in plans}


def set_up_branches(connection: Connection, plan: SetupPlan) -> list[str]:
    shared = {calendar.id: {"plan": calendar.model_dump_json(by_alias=True)} for calendar in plan.calendars}
    ours = {
        branch.id: {"position": position, "plan": branch.model_dump_json(by_alias=True)}
        for position, branch in enumerate(plan.branches)
    }
    for branch in plan.branches:
        keep_wordings(connection, branch.branch())
    return [
        id_
        for table, rows in ((calendars, shared), (branches, ours))
        for id_, row in rows.items()
        if keep_plan(connection, table, id_, row)
    ]


def keep_plan(connection: Connection, table: Table, id_: str, row: Mapping[str, Any]) -> bool:
    """Whether it was not there, or not so."""
    before = connection.execute(select(table).where(table.c.id == id_)).mappings().one_or_none()
    if before is None:
        # Not 1: the versions would add up to what they did, were one taken away and another made in its place.
        connection.execute(insert(table).values(id=id_, version=randbits(24), **row))
    elif any(before[name] != value for name, value in row.items()):
        connection.execute(update(table).where(table.c.id == id_).values(version=before["version"] + 1, **row))
    else:
        return False
    return True


def drop_plan(connection: Connection, table: Table, id_: str) -> None:
    connection.execute(delete(table).where(table.c.id == id_))
