"""Who has a number on that day. Each side keeps them by keys of its own; they travel in plain words, within TLS."""

from __future__ import annotations

from sqlalchemy import Connection, and_, insert, select, update

from queue_service.domain.asking import Field
from queue_service.leases.parts.part import At, Part, Untaken
from queue_service.leases.wire import Json
from queue_service.records.people.given import read_values
from queue_service.records.people.people import closed, opened
from queue_service.records.people.tables import people

_COLUMNS = ("label", "queue", "at_ms", "source", "wording", "agreed", "erased_ms")


def _read(connection: Connection, at: At) -> dict[str, Json]:
    branch, day = at.place
    of_day = select(people).where(people.c.branch == branch, people.c.day == day).order_by(people.c.id)
    return {
        row.id: {
            **{name: getattr(row, name) for name in _COLUMNS},
            "values": {asked.value: text for asked, text in opened(at.keys, row).items()},
        }
        for row in connection.execute(of_day)
    }


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    branch, day = at.place
    values = read_values(content["values"])
    row = {**{name: content[name] for name in _COLUMNS}, **closed(at.keys, id_, values)}
    same = and_(people.c.branch == branch, people.c.day == day, people.c.label == content["label"], people.c.id != id_)
    if connection.execute(select(people.c.id).where(same)).first():
        raise Untaken("taken")  # somebody else has that number here
    there = connection.execute(
        select(people.c.branch, people.c.day, people.c.erased_ms).where(people.c.id == id_)
    ).one_or_none()
    if there is None:
        connection.execute(insert(people).values(id=id_, branch=branch, day=day, **row))
    elif (there.branch, there.day) != (branch, day):
        raise Untaken("elsewhere")  # no lease is about anybody of another day
    elif there.erased_ms is None:  # what somebody wanted to be erased stays so
        nothing = {asked.value: None for asked in Field if asked not in values}
        connection.execute(update(people).where(people.c.id == id_).values({**nothing, **row}))


PART = Part("people", _read, _write, comes_back=True)
