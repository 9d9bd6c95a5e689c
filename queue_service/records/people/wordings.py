"""Every wording of a purpose, kept when a set-up brings it: years later it is still known what people were told."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from queue_service.domain.branches import Branch
from queue_service.records.people.given import wording_id, wording_of
from queue_service.records.people.tables import purposes


def keep_wordings(connection: Connection, branch: Branch) -> None:
    new = {wording_id(queue.asks): queue for queue in branch.queues.values() if queue.asks}
    if not new:
        return
    known = set(connection.execute(select(purposes.c.id).where(purposes.c.id.in_(list(new)))).scalars())
    for id_, queue in new.items():
        if id_ not in known:
            wording = wording_of(queue.asks)
            connection.execute(insert(purposes).values(id=id_, branch=branch.id, queue=queue.id, wording=wording))
