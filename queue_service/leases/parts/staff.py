"""Those who may serve there, with the hash of each one's password: so they sign in where no signal is.

Nobody else's account leaves the house, and administrators' do not: a laptop can be stolen.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, delete, insert, select, update

from queue_service.domain.events import to_ms
from queue_service.leases.parts.part import At, Part
from queue_service.leases.wire import Json
from queue_service.records.roles import Role
from queue_service.records.staff.tables import accounts, grants

TAKEN_ALONG = (Role.CLERK.value, Role.SUPERVISOR.value)


def _read(connection: Connection, at: At) -> dict[str, Json]:
    branch = at.place[0]
    here = select(grants).where(grants.c.branch.in_(["", branch]), grants.c.role.in_(TAKEN_ALONG))
    given: dict[str, dict[str, list[str]]] = {}
    for grant in connection.execute(here.order_by(grants.c.account, grants.c.role, grants.c.branch)):
        given.setdefault(grant.account, {})[grant.role] = json.loads(grant.queues)
    found = select(accounts).where(accounts.c.id.in_(list(given)), accounts.c.disabled_ms.is_(None))
    return {
        row.id: {
            "login": row.login,
            "name": row.name,
            "password": row.password,
            "once_until_ms": row.once_until_ms,
            "grants": given[row.id],
        }
        for row in connection.execute(found.order_by(accounts.c.id))
    }


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    values = {name: content[name] for name in ("login", "name", "password", "once_until_ms")}
    is_there = connection.execute(select(accounts.c.id).where(accounts.c.id == id_)).first() is not None
    if is_there:
        newer = {"version": accounts.c.version + 1, **values}
        connection.execute(update(accounts).where(accounts.c.id == id_).values(newer))
    else:
        connection.execute(insert(accounts).values(id=id_, created_ms=to_ms(at.now), version=1, **values))
    connection.execute(delete(grants).where(grants.c.account == id_))
    for role, queues in content["grants"].items():
        row = {"role": role, "branch": at.place[0], "queues": json.dumps(queues)}
        connection.execute(insert(grants).values(account=id_, **row))


PART = Part("staff", _read, _write)
