"""The connections to other systems, as they are set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from queue_service.records.plans import ConnectionPlan, SetupPlan
from queue_service.records.tables import (
    connection_tokens,
    connections,
    cursors,
    deliveries,
    enrolments,
    healths,
    positions,
    questions,
)

# Whose rows they are; first the connections, as a commit takes them.
_TABLES = (cursors, deliveries, healths, positions, connection_tokens, enrolments, questions)
_OF = (connections.c.id, *(table.c.connection for table in _TABLES))


@dataclass(frozen=True, slots=True)
class KnownConnection:
    plan: ConnectionPlan
    version: int


@dataclass(frozen=True, slots=True)
class SetConnections:
    """Their ids."""

    changed: Sequence[str]
    gone: Sequence[str]


def read_connections(connection: Connection) -> list[KnownConnection]:
    rows = connection.execute(select(connections.c.plan, connections.c.version).order_by(connections.c.id))
    return [KnownConnection(ConnectionPlan.model_validate_json(row.plan), row.version) for row in rows]


def set_up_connections(connection: Connection, plan: SetupPlan) -> SetConnections:
    """One that the file does not name is gone, with everything that was waiting for it. The same for each branch that
    it is no longer for."""
    old = set(connection.execute(select(connections.c.id)).scalars())
    named = [each.id for each in plan.connections]
    for column in _OF:
        connection.execute(delete(column.table).where(column.not_in(named)))
    changed = [each.id for each in plan.connections if keep_connection(connection, each)]
    return SetConnections(changed, sorted(old - set(named)))


def drop_connection(connection: Connection, id_: str) -> None:
    """With everything that was waiting for it."""
    for column in _OF:
        connection.execute(delete(column.table).where(column == id_))


def keep_connection(connection: Connection, plan: ConnectionPlan) -> bool:
    """Whether it is new or changed."""
    before = connection.execute(select(connections).where(connections.c.id == plan.id)).one_or_none()
    text = plan.model_dump_json()
    if before is not None and before.plan == text:
        return False
    if before is None:
        connection.execute(insert(connections).values(id=plan.id, plan=text, version=1, until_ms=0))
    else:
        row = update(connections).where(connections.c.id == plan.id)
        connection.execute(row.values(plan=text, version=before.version + 1))
    if plan.branches:
        for table in (cursors, deliveries):
            others = table.c.branch.not_in(plan.branches)
            connection.execute(delete(table).where(table.c.connection == plan.id, others))
    return True
