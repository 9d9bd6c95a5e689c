"""The set-up piece by piece, as pages and the API change it: checked as the file is, and by nobody unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Table, func, select

from queue_service.domain.branches import Branch
from queue_service.domain.errors import NotFound
from queue_service.records.audit import Deed, note
from queue_service.records.branches import drop_plan, keep_plan
from queue_service.records.calendar_plans import NO_CALENDAR, CalendarPlan, Plan
from queue_service.records.connections import drop_connection, keep_connection
from queue_service.records.differences import differences
from queue_service.records.people.wordings import keep_wordings
from queue_service.records.plans import BranchPlan, ConnectionPlan, SetupPlan
from queue_service.records.setup_files import faults_of_connections
from queue_service.records.tables import branches, calendars, connections

Json = dict[str, Any]
Fault = Mapping[str, Any]  # as pydantic tells of one; `loc` begins within the piece

BRANCHES, CALENDARS, CONNECTIONS = "branches", "calendars", "connections"
_TABLES: Mapping[str, Table] = {BRANCHES: branches, CALENDARS: calendars, CONNECTIONS: connections}
MODELS: Mapping[str, type[Plan]] = {BRANCHES: BranchPlan, CALENDARS: CalendarPlan, CONNECTIONS: ConnectionPlan}
WORDS: Mapping[str, str] = {BRANCHES: "branch", CALENDARS: "calendar", CONNECTIONS: "connection"}

Pieces = dict[str, dict[str, Json]]  # by kind and id, each as in the set-up file


class ChangedMeanwhile(Exception):
    """Somebody else has changed it since it was read, or taken it away."""


class NotFitting(Exception):
    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(str(faults))
        self.faults = faults


class SetupNow(SetupPlan):
    """What is set up; other than a file it may still be without branches."""

    branches: list[BranchPlan] = []  # noqa: RUF012 - copied by pydantic


@dataclass(frozen=True, slots=True)
class Change:
    """`content` None: the piece is to go. `expected`: the etag of what it was when it was looked at; None: it was not
    there."""

    kind: str
    id: str
    content: Any
    expected: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How a change would leave things. `branches`: those that it touches; None for one that goes."""

    before: Json | None
    after: Plan | None
    branches: Mapping[str, Branch | None] = field(default_factory=dict)


def as_json(plan: Plan) -> Json:
    return plan.model_dump(mode="json", by_alias=True)


def etag_of(piece: Json) -> str:
    """The same for the same content, whoever wrote it and when."""
    return hashlib.sha256(json.dumps(piece, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:20]


def read_pieces(connection: Connection, and_hold: bool = False) -> Pieces:
    """`and_hold`: nobody else changes any of them before the end of this transaction."""
    return {kind: dict(_read(connection, kind, and_hold)) for kind in (CONNECTIONS, CALENDARS, BRANCHES)}


def _read(connection: Connection, kind: str, and_hold: bool) -> Iterator[tuple[str, Json]]:
    table = _TABLES[kind]
    order = (table.c.position, table.c.id) if kind == BRANCHES else (table.c.id,)
    found = select(table.c.id, table.c.plan).order_by(*order)
    for row in connection.execute(found.with_for_update() if and_hold else found):
        yield row.id, as_json(MODELS[kind].model_validate_json(row.plan))


def check(connection: Connection, change: Change) -> Checked:
    """Raises ChangedMeanwhile, NotFitting, NotFound."""
    return _check(read_pieces(connection), change)


def make(connection: Connection, change: Change, at: datetime) -> Checked:
    """In a transaction that writes. Raises as `check` does."""
    checked = _check(read_pieces(connection, and_hold=True), change)
    plan = checked.after
    if change.kind == CONNECTIONS:
        if isinstance(plan, ConnectionPlan):
            keep_connection(connection, plan)
        else:
            drop_connection(connection, change.id)
    elif plan is None:
        drop_plan(connection, _TABLES[change.kind], change.id)
    else:
        keep_plan(connection, _TABLES[change.kind], change.id, _row(connection, change, plan))
    if isinstance(plan, BranchPlan):
        keep_wordings(connection, plan.branch())
    note_set_up(connection, change, None if plan is None else as_json(plan), checked.before, at)
    return checked


def note_set_up(connection: Connection, change: Change, after: Json | None, before: Json | None, at: datetime) -> None:
    if after == before:
        return
    done = "changed" if before and after else "created" if after else "deleted"
    detail = differences(before, after, hidden="settings" if change.kind == CONNECTIONS else None)
    branch = change.id if change.kind == BRANCHES else None
    note(connection, Deed(change.by, f"{WORDS[change.kind]}.{done}", change.id, branch, detail), at)


def note_whole_set_up(connection: Connection, before: Pieces, by: str, at: datetime) -> None:
    """Of a file that has just been taken up in this transaction."""
    after = read_pieces(connection)
    for kind, found in after.items():
        for id_ in {**before[kind], **found}:
            change = Change(kind, id_, None, None, by)
            note_set_up(connection, change, found.get(id_), before[kind].get(id_), at)


def _row(connection: Connection, change: Change, plan: Plan) -> Json:
    row: Json = {"plan": plan.model_dump_json(by_alias=True)}
    if change.kind == BRANCHES:
        of_this = select(branches.c.position).where(branches.c.id == change.id)
        position = connection.execute(of_this).scalar()
        if position is None:  # a new one comes last
            position = connection.execute(select(func.coalesce(func.max(branches.c.position), -1))).scalar_one() + 1
        row["position"] = position
    return row


def _check(pieces: Pieces, change: Change) -> Checked:
    before = pieces[change.kind].get(change.id)
    if before is None and change.content is None:
        raise NotFound("There is nothing at this address.")
    if (None if before is None else etag_of(before)) != change.expected:
        raise ChangedMeanwhile
    if change.content is None:
        del pieces[change.kind][change.id]
    else:
        pieces[change.kind][change.id] = change.content
    whole = _validate(pieces, change)
    after = {plan.id: plan for plan in getattr(whole, change.kind)}.get(change.id)
    return Checked(before, after, dict(_touched(whole, change)))


def _validate(pieces: Pieces, change: Change) -> SetupNow:
    raw = {kind: list(found.values()) for kind, found in pieces.items()}
    try:
        whole = SetupNow.model_validate(raw)
        faults: list[Any] = list(faults_of_connections(whole))
    except ValidationError as refusal:
        faults = list(refusal.errors(include_url=False))
    if faults:
        # The others were good before: what is wrong is this one's, or how it goes with them.
        raise NotFitting([{**fault, "loc": tuple(fault["loc"][2:])} for fault in faults])
    if change.content is not None and change.id not in {plan.id for plan in getattr(whole, change.kind)}:
        raise NotFitting([{"loc": ("id",), "type": "other_id", "msg": f"expected “{change.id}”, as in the address"}])
    return whole


def _touched(whole: SetupNow, change: Change) -> Iterator[tuple[str, Branch | None]]:
    if change.kind == BRANCHES and change.content is None:
        yield change.id, None
    shared = {calendar.id: calendar for calendar in whole.calendars}
    for plan in whole.branches:
        if change.id == (plan.id if change.kind == BRANCHES else plan.calendar if change.kind == CALENDARS else ""):
            yield plan.id, plan.branch(shared.get(plan.calendar or "", NO_CALENDAR))
