"""Which ticket is meant by another system's number for a visit, a booking or a prescription."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from queue_service.records.tables import identifiers


@dataclass(frozen=True, slots=True)
class Identifier:
    """`system`: in which `value` is unique at this branch, such as `simrs-visit`. `facts`: what else that system says
    of it, as JSON; nothing personal."""

    branch: str
    system: str
    value: str
    day: date
    label: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def keep_identifier(connection: Connection, identifier: Identifier) -> None:
    """In the place of what the same number meant before."""
    row = and_(
        identifiers.c.branch == identifier.branch,
        identifiers.c.system == identifier.system,
        identifiers.c.value == identifier.value,
    )
    told = {"day": identifier.day, "label": identifier.label, "facts": json.dumps(dict(identifier.facts))}
    if connection.execute(update(identifiers).where(row).values(**told)).rowcount == 0:
        key = {"branch": identifier.branch, "system": identifier.system, "value": identifier.value}
        connection.execute(insert(identifiers).values(**key, **told))


def find_identifier(connection: Connection, branch: str, system: str, value: str) -> Identifier | None:
    here = and_(identifiers.c.branch == branch, identifiers.c.system == system, identifiers.c.value == value)
    row = connection.execute(select(identifiers).where(here)).one_or_none()
    return None if row is None else _identifier(row)


def find_identifiers(connection: Connection, system: str, named: Collection[tuple[str, str]]) -> list[Identifier]:
    """`named`: branch and value of each."""
    branches, values = {branch for branch, _ in named}, {value for _, value in named}
    its = and_(identifiers.c.branch.in_(branches), identifiers.c.system == system, identifiers.c.value.in_(values))
    return [_identifier(row) for row in connection.execute(select(identifiers).where(its))]


def identifiers_of(connection: Connection, branch: str, day: date, label: str) -> list[Identifier]:
    """All that is known of one ticket, by system and value."""
    its = and_(identifiers.c.branch == branch, identifiers.c.day == day, identifiers.c.label == label)
    asked = select(identifiers).where(its).order_by(identifiers.c.system, identifiers.c.value)
    return [_identifier(row) for row in connection.execute(asked)]


def identifiers_on(connection: Connection, branch: str, system: str, day: date) -> list[Identifier]:
    """All of a day that one system has named."""
    its = and_(identifiers.c.branch == branch, identifiers.c.system == system, identifiers.c.day == day)
    asked = select(identifiers).where(its).order_by(identifiers.c.value)
    return [_identifier(row) for row in connection.execute(asked)]


def move_identifiers(connection: Connection, branch: str, before: tuple[date, str], after: tuple[date, str]) -> None:
    """To the ticket that takes this one's place."""
    its = and_(identifiers.c.branch == branch, identifiers.c.day == before[0], identifiers.c.label == before[1])
    connection.execute(update(identifiers).where(its).values(day=after[0], label=after[1]))


def _identifier(row: Row[Any]) -> Identifier:
    return Identifier(row.branch, row.system, row.value, row.day, row.label, json.loads(row.facts))
