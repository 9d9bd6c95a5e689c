"""Those who may serve there, with the hash of each one's password: so they sign in where no signal is.

Nobody else's account leaves the house, and administrators' do not: a laptop can be stolen.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select, update

from queue_service.domain.events import to_ms
from queue_service.leases.parts.part import At, Part
from queue_service.leases.wire import Json
from queue_service.records.plans import BranchPlan
from queue_service.records.roles import Role
from queue_service.records.staff.tables import accounts, grants
from queue_service.records.tables import branches

TAKEN_ALONG = (Role.CLERK.value, Role.SUPERVISOR.value)


def _read(connection: Connection, at: At) -> dict[str, Json]:
    here = _branches(connection, at)
    found = select(grants).where(grants.c.branch.in_(["", *here]), grants.c.role.in_(TAKEN_ALONG))
    given: dict[str, dict[str, Json]] = {}
    for grant in connection.execute(found.order_by(grants.c.account, grants.c.role, grants.c.branch)):
        for branch in [grant.branch] if grant.branch else here:
            given.setdefault(grant.account, {}).setdefault(branch, {})[grant.role] = json.loads(grant.queues)
    rows = select(accounts).where(accounts.c.id.in_(list(given)), accounts.c.disabled_ms.is_(None))
    return {
        row.id: {
            "login": row.login,
            "name": row.name,
            "password": row.password,
            "once_until_ms": row.once_until_ms,
            "grants": given[row.id],
        }
        for row in connection.execute(rows.order_by(accounts.c.id))
    }


def _branches(connection: Connection, at: At) -> list[str]:
    """The team, and the office whose requests it serves."""
    plan = connection.execute(select(branches.c.plan).where(branches.c.id == at.place[0])).scalar()
    team = None if plan is None else BranchPlan.model_validate_json(plan).team
    return [at.place[0]] if team is None else [at.place[0], team.office]


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    values = {name: content[name] for name in ("login", "name", "password", "once_until_ms")}
    is_there = connection.execute(select(accounts.c.id).where(accounts.c.id == id_)).first() is not None
    if is_there:
        newer = {"version": accounts.c.version + 1, **values}
        connection.execute(update(accounts).where(accounts.c.id == id_).values(newer))
    else:
        connection.execute(insert(accounts).values(id=id_, created_ms=to_ms(at.now), version=1, **values))
    connection.execute(delete(grants).where(grants.c.account == id_))
    for branch, roles in content["grants"].items():
        for role, queues in roles.items():
            row = {"role": role, "branch": branch, "queues": json.dumps(queues)}
            connection.execute(insert(grants).values(account=id_, **row))


PART = Part("staff", _read, _write)
