"""Changing the set-up while people wait: nobody is lost by it, and it holds at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from queue_service.cursors import begin_cursors
from queue_service.domain.actions import SetQueue
from queue_service.domain.branches import Branch
from queue_service.domain.lines import QueueState
from queue_service.domain.replanning import LOSES, Effect, Told, effects
from queue_service.records.key_lists import list_keys
from queue_service.records.set_ups import (
    BRANCHES,
    Change,
    ChangedMeanwhile,
    Checked,
    NotFitting,
    as_json,
    check,
    etag_of,
    make,
    read_pieces,
)
from queue_service.records.setup_files import message_of
from queue_service.records.staff.plans import as_plans
from queue_service.web.errors import PeopleThere, PlanChanged, PlanRefused
from queue_service.web.house import House
from queue_service.web.languages import sentence

Json = dict[str, Any]

EFFECT_SENTENCES = {
    Effect.QUEUE_WITH_PEOPLE: "{of}: {n} wait, are served or have an appointment. It can only go when nobody is in it.",
    Effect.COUNTER_WITH_PEOPLE: "{of}: somebody is being served there. It can only go when nobody is.",
    Effect.PREFIX_OF_PEOPLE: "Numbers with {of} were given out for another queue: two could get the same.",
    Effect.DAY_OF_PEOPLE: "In that time zone it is another day now, and people wait today.",
    Effect.CLOSES: "{of} then closes at once. What is chosen for closing time becomes of the {n} in it.",
    Effect.QUOTA_REACHED: "{of} has given out {n} numbers today; there are no more today then.",
    Effect.CLASS_GONE: "{n} of the class {of} have a number; they keep their place.",
    Effect.CLASS_MINUTES: "{n} of the class {of} have a number already; they keep their place.",
    Effect.COUNTER_GONE: "{of} is open now; whoever works there can call nobody any more.",
    Effect.COUNTER_QUEUES: "{of} is open now; it keeps the queues that it has until it is opened again.",
    Effect.BOOKED_WHEN_CLOSED: "{of}: {n} appointments are at times at which it is then closed. Please tell them.",
    Effect.NO_MORE_BOOKING: "{of} then takes no more appointments; the {n} that were made still hold.",
}

FAULT_SENTENCES = {  # by the kind that pydantic names
    "missing": "is needed",
    "extra_forbidden": "is not known here",
    "string_type": "expected text",
    "string_too_short": "is needed",
    "string_too_long": "expected at most {max_length} characters",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_parsing": "expected a number",
    "bool_parsing": "expected yes or no",
    "greater_than_equal": "expected at least {ge}",
    "greater_than": "expected more than {gt}",
    "less_than_equal": "expected at most {le}",
    "less_than": "expected less than {lt}",
    "too_short": "expected at least {min_length}",
    "too_long": "expected at most {max_length}",
    "list_type": "expected a list",
    "literal_error": "choose one of those that there are",
    "enum": "choose one of those that there are",
    "time_parsing": "expected a time such as 07:30",
    "time_type": "expected a time such as 07:30",
    "date_parsing": "expected a day such as 2026-11-23",
    "date_from_datetime_parsing": "expected a day such as 2026-11-23",
    "date_type": "expected a day such as 2026-11-23",
    "model_type": "not as expected",
    "dict_type": "not as expected",
    "other_id": "an id cannot be changed",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`content` None: it is gone. `told`: what it does to those who are there."""

    content: Json | None
    told: Sequence[str]

    @property
    def etag(self) -> str | None:
        return None if self.content is None else etag_of(self.content)


async def preview(house: House, change: Change, language: str) -> Outcome:
    """What would come of it. Raises PlanChanged, PlanRefused, PeopleThere, NotFound, Unavailable."""
    with _told_as_refusals(language):
        checked = await house.database.read(lambda connection: check(connection, change))
    told = [one async for one in _effects(house, checked, language)]
    if lost := [_words(one, language) for one in told if one.effect in LOSES]:
        raise PeopleThere("{sentences}", sentences=" ".join(lost))
    after = None if checked.after is None else as_json(checked.after)
    outcome = Outcome(after, [_words(one, language) for one in told])
    await _check_rights(house, change, outcome)
    return outcome


async def carry_out(house: House, change: Change, language: str) -> Outcome:
    """Holds in this process when it returns, and in the others within a second. Raises as `preview` does."""
    outcome, closed = await preview(house, change, language), list[tuple[SetQueue, SetQueue]]()
    now = house.floors.clock()

    def write(connection: Connection) -> None:
        make(connection, change, now)
        begin_cursors(connection, now)

    try:
        # First they give out no more numbers, by an entry in the journal, which all processes obey.
        async for action in _closing_what_leaves(house, change, outcome):
            closed.append(action)
        if closed:
            outcome = await preview(house, change, language)
        with _told_as_refusals(language):
            await house.database.write(write)
    except Exception:
        for _, back in closed:
            await house.desk.act(change.id, back, change.by)
        raise
    await house.floors.take_up()
    return outcome


async def read_set_up(house: House) -> dict[str, dict[str, Json]]:
    return await house.database.read(read_pieces)


def staff_part(house: House) -> list[Json]:
    """Accounts, as the set-up file has them."""
    return [as_json(plan) for plan in as_plans(house.sessions.accounts.values())]


def fault_words(language: str, fault: Any) -> str:
    """What is wrong with one field, without its end. In English as `antrean setup` says it."""
    if language == "en":
        return message_of(fault)
    error = fault.get("ctx", {}).get("error")
    if hasattr(error, "sentence"):
        return sentence(language, error.sentence, **error.fields)
    template = FAULT_SENTENCES.get(fault["type"])
    if template is None:
        return message_of(fault)
    return sentence(language, template, **fault.get("ctx", {}))


def path_words(place: Sequence[int | str]) -> str:
    """As `antrean setup` names a field."""
    return " › ".join(str(step + 1) if isinstance(step, int) else step for step in place)


def _words(told: Told, language: str) -> str:
    return sentence(language, EFFECT_SENTENCES[told.effect], of=told.of, n=told.n)


@contextmanager
def _told_as_refusals(language: str) -> Iterator[None]:
    try:
        yield
    except (ChangedMeanwhile, IntegrityError) as error:
        raise PlanChanged("Somebody else has changed this meanwhile. Nothing of yours was saved.") from error
    except NotFitting as error:
        words = (
            f"{path}: {fault_words(language, fault)}"
            if (path := path_words(fault["loc"]))
            else fault_words(language, fault)
            for fault in error.faults
        )
        raise PlanRefused(error.faults, "; ".join(words)) from error


async def _effects(house: House, checked: Checked, language: str) -> AsyncIterator[Told]:
    now = house.floors.clock()
    for branch, new in checked.branches.items():
        if branch not in house.branches.all:
            continue  # a new one: nobody can be there
        for day in await _days(house, branch):
            await house.floors.catch_up((branch, day))
            for told in effects(await house.floors.get((branch, day)), new, now, language):
                yield told


async def _days(house: House, branch: str) -> list[date]:
    """Today, and each later day for which somebody has an appointment."""
    _, today = house.floors.today(branch)
    return sorted({today, *await house.journal.days_from(branch, today)})


async def _check_rights(house: House, change: Change, outcome: Outcome) -> None:
    """What was granted where nothing is any more would come to life with another of that name. Raises PeopleThere."""
    old = house.branches.all.get(change.id) if change.kind == BRANCHES else None
    if old is None:
        return
    if outcome.content is None:
        listed = await house.database.read(list_keys)
        if held := [key for key in listed if key.branch == change.id and key.revoked_at is None]:
            raise PeopleThere("{n} keys are for this branch. Please revoke them first.", n=len(held))
    leaving = set(_leaving(old, outcome))
    for account in house.sessions.accounts.values():
        grants = [grant for grant in account.grants if grant.branch == change.id]
        if any(outcome.content is None or grant.queues & leaving for grant in grants):
            raise PeopleThere("{login} has rights there. Please take them away first.", login=account.login)


async def _closing_what_leaves(
    house: House, change: Change, outcome: Outcome
) -> AsyncIterator[tuple[SetQueue, SetQueue]]:
    """What was done, and what takes it back."""
    old = house.branches.all.get(change.id) if change.kind == BRANCHES else None
    if old is None:
        return
    floor = await house.floors.get_today(old.id)
    for queue in _leaving(old, outcome):
        state = floor.line(queue).state
        if state is not QueueState.CLOSED:
            await house.desk.act(old.id, SetQueue(queue, QueueState.CLOSED), change.by)
            yield SetQueue(queue, QueueState.CLOSED), SetQueue(queue, state)


def _leaving(old: Branch, outcome: Outcome) -> Iterator[str]:
    kept = {queue["id"] for queue in outcome.content["queues"]} if outcome.content else set()
    return (queue for queue in old.queues if queue not in kept)
