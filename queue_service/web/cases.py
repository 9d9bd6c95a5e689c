"""A paper's progress as it is told: to whoever has its number or its page, and to staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from queue_service.domain.branches import Branch
from queue_service.domain.cases import Case, Stage, check_opens, check_step, read_number
from queue_service.domain.cases import Step as CaseStep
from queue_service.domain.errors import Invalid, NotFound
from queue_service.domain.promises import outlook
from queue_service.records.cases.cases import Opening
from queue_service.records.cases.exports import LONGEST_CELL, ROW_SENTENCES
from queue_service.records.cases.imports import Imported, take_export
from queue_service.tokens import TicketName
from queue_service.web.house import House
from queue_service.web.languages import N_, sentence
from queue_service.web.leases import check_at_home
from queue_service.web.shapes import Shape

Json = dict[str, Any]

SHORTEST_REASON, LONGEST_REASON = 3, 200

STAGE_WORDS: Mapping[Stage, str] = {
    Stage.RECORDED: N_("request recorded"),
    Stage.VERIFIED: N_("papers verified"),
    Stage.ADJUDICATED: N_("checked for uniqueness"),
    Stage.READY_TO_PRINT: N_("ready to be printed"),
    Stage.PRINTED: N_("printed"),
    Stage.READY: N_("ready to be picked up"),
    Stage.HANDED_OVER: N_("handed over"),
    Stage.PROBLEM: N_("has a problem"),
}


class CaseShape(Shape):
    """`ready`: it can be picked up. `steps`: how often its stage was set, so that a change shows. `due_at`: until when
    it was promised; `outlook` of that, while it is not ready."""

    number: str
    branch: str
    service: str
    service_name: str
    stage: Stage
    stage_words: str
    stage_at: datetime
    reason: str
    ready: bool
    steps: int
    due_at: datetime | None
    outlook: Literal["open", "near", "over"] | None
    url: str


class CaseList(Shape):
    cases: list[CaseShape]


class BadRow(Shape):
    line: int
    why: str
    words: str


class ImportShape(Shape):
    """`done` false: rows are bad, and nothing was written."""

    done: bool
    taken: int
    known: int
    older: int
    final: int
    bad: list[BadRow]


def case_object(house: House, case: Case, language: str, now: datetime) -> Json:
    branch = house.branches.all.get(case.branch)
    journey = branch.journeys.get(case.service) if branch else None
    due = None if case.due is None else _stamp(branch, case.due)
    is_done = case.stage in (Stage.READY, Stage.HANDED_OVER)
    return {
        "number": case.number,
        "branch": case.branch,
        "service": case.service,
        "service_name": journey.name.in_language(language) if journey else case.service,
        "stage": case.stage,
        "stage_words": sentence(language, STAGE_WORDS[case.stage]),
        "stage_at": _stamp(branch, case.stage_at),
        "reason": case.reason,
        "ready": case.stage is Stage.READY,
        "steps": case.steps,
        "due_at": due,
        "outlook": None if case.due is None or is_done else outlook(case.opened_at, case.due, now).value,
        "url": f"/p/{token_of(house, case)}",
    }


def _stamp(branch: Branch | None, moment: datetime) -> str:
    return (branch.local(moment) if branch else moment).isoformat(timespec="seconds")


def token_of(house: House, case: Case) -> str:
    return house.case_tokens.token_of(TicketName(case.branch, case.day, case.number))


async def case_by_token(house: House, token: str) -> Case:
    """Raises NotFound, alike for what is no token of ours and for a paper that is not kept any more."""
    name = house.case_tokens.read(token)
    if name is None:
        raise NotFound("There is no such request number.")
    return await house.cases.get(name.label)


async def case_by_number(house: House, written: str) -> Case:
    """Raises NotFound, alike for what is none and for one that nobody has."""
    number = read_number(written[:LONGEST_CELL])
    if number is None:
        raise NotFound("There is no such request number.")
    return await house.cases.get(number)


async def open_by_hand(house: House, branch: str, service: str, by: str, key: str = "") -> Case:
    """`key`: makes a repetition harmless. Raises NotFound, NotAllowed."""
    check_at_home(house)
    plan, now = house.branches.get(branch), house.floors.clock()
    journey = plan.journey(service)
    check_opens(bool(journey.progress), service)
    promise = journey.standard.promise if journey.standard else None
    calendar = plan.queue(journey.stages[0][0]).calendar
    due = promise.due(now, plan.timezone, calendar) if promise else None
    drawn = house.secrets.digest("case", f"{branch}\n{service}\n{by}\n{key}".encode()) if key else b""
    return await house.cases.open(Opening(branch, service, plan.day_of(now), "", now, due), by, drawn)


async def set_stage(house: House, branch: str, number: str, stage: str, reason: str, by: str) -> Case:
    """Raises NotFound, Invalid."""
    reason = " ".join(reason.split())
    wanted, reason = check_step(stage, reason)
    if reason and not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            "reason: expected {least} to {most} characters that say why.", least=SHORTEST_REASON, most=LONGEST_REASON
        )
    known, now = read_number(number[:LONGEST_CELL]), house.floors.clock()
    if known is None:
        raise NotFound("There is no such request number.")
    case, _ = await house.cases.step(branch, known, CaseStep(wanted, now, reason, by_hand=True), by, now)
    return case


async def import_cases(house: House, branch: str, content: bytes, by: str, keep_good: bool) -> Imported:
    """Raises Invalid."""
    plan, now = house.branches.get(branch), house.floors.clock()
    return await take_export(house.database, plan, content, by, now, keep_good=keep_good)


def import_object(imported: Imported, language: str) -> Json:
    outcomes = {outcome.value: count for outcome, count in imported.outcomes.items()}
    return {
        "done": imported.is_done,
        **{name: outcomes.get(name, 0) for name in ("taken", "known", "older", "final")},
        "bad": [{"line": bad.line, "why": bad.why, "words": why_words(language, bad.why)} for bad in imported.bad],
    }


def why_words(language: str, why: str) -> str:
    return sentence(language, ROW_SENTENCES[why], most=LONGEST_CELL)
