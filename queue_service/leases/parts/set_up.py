"""The team as it is set up, its office, and the calendars that they go by."""

from __future__ import annotations

from sqlalchemy import Connection, select

from queue_service.domain.errors import Invalid
from queue_service.leases.parts.part import At, Part
from queue_service.leases.wire import Json
from queue_service.records.branches import keep_plan
from queue_service.records.calendar_plans import NO_CALENDAR, CalendarPlan
from queue_service.records.people.wordings import keep_wordings
from queue_service.records.plans import BranchPlan
from queue_service.records.tables import branches, calendars


def _read(connection: Connection, at: At) -> dict[str, Json]:
    rows = {row.id: row for row in connection.execute(select(branches))}
    team = rows.get(at.place[0])
    if team is None:
        return {}
    plan = BranchPlan.model_validate_json(team.plan)
    office = None if plan.team is None else rows.get(plan.team.office)
    found = [row for row in (office, team) if row is not None]
    named = {BranchPlan.model_validate_json(row.plan).calendar for row in found}
    shared = connection.execute(select(calendars).where(calendars.c.id.in_([each for each in named if each]))).all()
    return {
        **{f"calendar/{row.id}": {"plan": row.plan} for row in shared},
        **{f"branch/{row.id}": {"plan": row.plan, "position": row.position} for row in found},
    }


def _write(connection: Connection, at: At, id_: str, content: Json) -> None:
    kind, _, name = id_.partition("/")
    if kind == "calendar":
        plan = CalendarPlan.model_validate_json(content["plan"])
        keep_plan(connection, calendars, name, {"plan": plan.model_dump_json(by_alias=True)})
    elif kind == "branch":
        branch = BranchPlan.model_validate_json(content["plan"])
        keep_wordings(connection, branch.branch(_calendar_of(connection, branch)))
        row = {"plan": branch.model_dump_json(by_alias=True), "position": content["position"]}
        keep_plan(connection, branches, name, row)
    else:
        raise Invalid("id: expected a calendar or a branch.")


def _calendar_of(connection: Connection, branch: BranchPlan) -> CalendarPlan:
    found = connection.execute(select(calendars.c.plan).where(calendars.c.id == (branch.calendar or ""))).scalar()
    return NO_CALENDAR if found is None else CalendarPlan.model_validate_json(found)


PART = Part("set-up", _read, _write)
