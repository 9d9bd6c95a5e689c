"""A question to another system, put from a page: whoever serves connections asks it, and the page waits a moment."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date
from functools import partial

from queue_service.domain.branches import Branch
from queue_service.domain.events import from_ms, to_ms
from queue_service.records.questions import Question, Stage, ask, find_question
from queue_service.web.house import House
from queue_service.web.languages import N_, clock, day_and_month
from queue_service.web.outside import in_words
from queue_service.web.pages.office.visits import Visit

ANSWER_SECONDS = 6.0  # after which whoever asked is shown the page all the same

_NOT_YET = {
    Stage.ASKED: N_("Nobody has begun to ask: no process of this installation serves connections."),
    Stage.BEGUN: N_("It is being asked."),
}


async def put(house: House, connection: str, day: date) -> None:
    at_ms = to_ms(house.floors.clock())
    await house.database.write(partial(ask, name=connection, day=day, at_ms=at_ms))
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            while await _is_open(house, connection, day):  # noqa: ASYNC110 - it is told by another process
                await asyncio.sleep(0.2)


async def _is_open(house: House, connection: str, day: date) -> bool:
    question = await find(house, connection, day)
    return question is not None and question.stage in _NOT_YET


async def find(house: House, connection: str, day: date) -> Question | None:
    return await house.database.read(partial(find_question, name=connection, day=day))


def said(at: Visit, question: Question | None) -> str:
    """What stands in the place of an answer."""
    if question is None or question.stage is Stage.ANSWERED:
        return ""
    return in_words(at.language, question.told) if question.stage is Stage.FAILED else at.say(_NOT_YET[question.stage])


def moment(at: Visit, branch: Branch, question: Question | None) -> str:
    if question is None:
        return ""
    local = branch.local(from_ms(question.at_ms))
    return f"{day_and_month(at.language, local)} {clock(at.language, local)}"
