"""Asking the population register who somebody is: which connection can, and what it said, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from queue_service.domain.asking import Field
from queue_service.domain.errors import NotAllowed
from queue_service.domain.identity_checks import Blocked, Oddity, Result, Verdict
from queue_service.records.connections import read_connections
from queue_service.records.identity_checks import Asked, Check, ask, find_checks
from queue_service.records.people.people import TicketName
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from queue_service.web.languages import N_, sentence

GROUP = "antrean.identity"  # each says of a connection whether it answers such questions

RESULT_SENTENCES: Mapping[Result, str] = {
    Result.MATCH: N_("Agrees with the register"),
    Result.PARTIAL: N_("Agrees in part: look at the papers"),
    Result.MISMATCH: N_("Does not agree: look at the papers"),
    Result.BLOCKED: N_("The register knows something about this NIK"),
    Result.UNAVAILABLE: N_("No answer: go on without it"),
}
BLOCKED_SENTENCES: Mapping[str, str] = {
    Blocked.DECEASED: N_("its holder is recorded as deceased"),
    Blocked.DUPLICATE: N_("it is recorded twice"),
    Blocked.NOT_FOUND: N_("it is not found"),
    Blocked.INACTIVE: N_("it is not active"),
    Blocked.FORMAT: N_("it is not of the form of a NIK"),
}
ODDITY_SENTENCES: Mapping[Oddity, str] = {
    Oddity.SHAPE: N_("A NIK has 16 digits."),
    Oddity.PROVINCE: N_("The first two digits are of no province that is known here."),
    Oddity.BIRTH: N_("The digits of the day of birth (7 to 12) are no day."),
    Oddity.SERIAL: N_("The last four digits are zeros."),
    Oddity.BIRTH_DIFFERS: N_("The digits of the day of birth are of another day than was typed."),
}

Json = dict[str, Any]


@cache
def _can_verify() -> tuple[Callable[[ConnectionPlan], bool], ...]:
    return tuple(point.load() for point in entry_points(group=GROUP))


async def find_connection(house: House, branch: str) -> ConnectionPlan | None:
    """None where no connection is set up to answer; then nobody is offered the question."""
    plans = [known.plan for known in await house.database.read(read_connections)]
    return next((plan for plan in plans if _covers(plan, branch) and any(can(plan) for can in _can_verify())), None)


def _covers(plan: ConnectionPlan, branch: str) -> bool:
    return not plan.branches or branch in plan.branches


async def ask_about(house: House, ticket: TicketName, birth_date: date | None, by: str) -> None:
    """Raises NotFound where nothing is kept of who has the ticket, NotAllowed where nobody can be asked."""
    branch, day, label = ticket
    person = await house.people.get(ticket)
    plan = await find_connection(house, branch)
    if plan is None or Field.NIK not in person.values:
        raise NotAllowed("The identity of {label} cannot be checked here.", label=label)
    asked, now = Asked(plan.id, branch, day, label, birth_date), house.floors.clock()
    await house.database.write(lambda connection: ask(connection, house.people.keys, asked, by, now))


async def checks_of(house: House, ticket: TicketName) -> list[Check]:
    """The newest first."""
    now = house.floors.clock()
    return [check.as_of(now) for check in await house.database.read(lambda c: find_checks(c, *ticket))]


def verdict_lines(language: str, verdict: Verdict, in_words: Callable[[str, str], str]) -> Iterator[str]:
    """The result first. `in_words`: what a connection says, in the reader's language."""
    yield sentence(language, RESULT_SENTENCES[verdict.result])
    if verdict.result is Result.BLOCKED:
        yield sentence(language, BLOCKED_SENTENCES[verdict.reason])
    elif verdict.reason:
        yield in_words(language, verdict.reason)
    for oddity in verdict.oddities:
        yield sentence(language, ODDITY_SENTENCES[oddity])
