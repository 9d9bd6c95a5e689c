"""Things that come back from the field. What it brings wins over what the office changed meanwhile; both are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from queue_service.domain.errors import Invalid
from queue_service.domain.events import to_ms
from queue_service.leases.listing import FIELD
from queue_service.leases.parts import At, Json, Part, Untaken
from queue_service.leases.standing import GOES_ON_HERE, Standing
from queue_service.leases.tables import differences
from queue_service.leases.wire import encoded

LONGEST_ID = 120


@dataclass(frozen=True, slots=True)
class Item:
    """`base`: the mark of the state from which the field set out; empty where it made the thing itself."""

    id: str
    base: str
    content: Json


@dataclass(frozen=True, slots=True)
class Merged:
    """`agreed`: by id, the mark of what the field sent. `kept`: how many things gave way, or could not be taken."""

    agreed: Mapping[str, str]
    kept: int


def merge(connection: Connection, at: At, part: Part, standing: Standing, items: Sequence[Item]) -> Merged:
    """In a transaction that writes. The same again changes nothing. Raises Invalid."""
    here = {} if standing in GOES_ON_HERE else _here(connection, at, part, items)
    kept = 0
    for item in items:
        if not 0 < len(item.id) <= LONGEST_ID:
            raise Invalid("id: expected 1 to {most} characters.", most=LONGEST_ID)
        kept += _merge_one(connection, at, part, standing, item, here.get(item.id))
    return Merged({item.id: at.mark(item.content) for item in items}, kept)


def _here(connection: Connection, at: At, part: Part, items: Sequence[Item]) -> dict[str, Json]:
    """As things are now; of what never left the house, nothing is compared."""
    return part.read(connection, at) if part.leaves else {}


def _merge_one(connection: Connection, at: At, part: Part, standing: Standing, item: Item, current: Json | None) -> int:
    if standing in GOES_ON_HERE:
        return _keep(connection, at, part, item.id, standing.value, item.content)
    now = at.mark(current)
    if now == at.mark(item.content):
        return 0
    try:
        part.write(connection, at, item.id, item.content)
    except Untaken as why:
        return _keep(connection, at, part, item.id, str(why), item.content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("{part}: not as expected.", part=part.name) from error
    if current is not None and now != item.base:
        return _keep(connection, at, part, item.id, "changed", current)
    return 0


def _keep(connection: Connection, at: At, part: Part, subject: str, reason: str, content: Json) -> int:
    """Whether it was not kept before."""
    branch, day = at.place
    said = encoded([at.lease, part.name, subject, reason, content])
    id_ = at.keys.digest(FIELD, said).partition(":")[2][:32]
    if connection.execute(select(differences.c.id).where(differences.c.id == id_)).first():
        return 0
    row: dict[str, Any] = {"lease": at.lease, "branch": branch, "day": day, "part": part.name, "subject": subject}
    row["label"] = str(content.get("label") or "")[:16]
    sealed = {"key": at.keys.newest, "kept": at.keys.encrypt(id_, FIELD, encoded(content))}
    connection.execute(insert(differences).values(id=id_, reason=reason, came_ms=to_ms(at.now), **row, **sealed))
    return 1
