"""What staff did in the field beside the floor, such as revealing somebody's number: an auditor wants to know of it."""

from __future__ import annotations

import json

from sqlalchemy import Connection, insert, select

from queue_service.leases.parts.part import At, Part, Untaken
from queue_service.leases.wire import Json
from queue_service.records.tables import audit

_COLUMNS = ("by", "branch", "what", "subject")


def _read(connection: Connection, at: At) -> dict[str, Json]:
    return {
        str(row.id): {**{name: getattr(row, name) for name in _COLUMNS}, "detail": json.loads(row.detail)}
        for row in connection.execute(select(audit).order_by(audit.c.id))
    }


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    """Marked as what a device in the field says."""
    detail = json.dumps({**content["detail"], "field": at.lease}, ensure_ascii=False)
    row = {**{name: content[name] for name in _COLUMNS}, "detail": detail}
    there = connection.execute(select(audit).where(audit.c.id == int(id_))).one_or_none()
    if there is None:
        connection.execute(insert(audit).values(id=int(id_), **row))
    elif (there.what, there.subject, there.detail) != (row["what"], row["subject"], detail):
        raise Untaken("taken")


# The centre's own stays there.
PART = Part("trail", _read, _write, leaves=False, comes_back=True)
