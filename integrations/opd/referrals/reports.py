"""What an agency tells of referrals later: asked for, or sent by itself with a signature."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from integrations.contract import Looked, Opening, Poller
from integrations.opd.pulling import digest_of, read_position, write_position
from integrations.opd.referrals.answers import Answer, AnswerMap, read_answer
from integrations.opd.referrals.settings import ReferralSettings
from integrations.opd.rest.client import RestSource
from integrations.opd.rest.settings import PullPlan
from integrations.opd.sources import Record, Unmapped
from integrations.opd.webhook.service import SignedDoor
from integrations.referring import report
from queue_service.domain.errors import NotFound, Refusal

log = logging.getLogger("antrean.integrations.opd")

IS_SO = "nothing is to be done: it is so already"


async def take(opening: Opening, mapping: AnswerMap, record: Record) -> bool:
    """Whether it was news. Raises Unmapped, a Refusal, Unavailable."""
    zone = next((branch.timezone for branch in opening.branches()), ZoneInfo("UTC"))
    answer = read_answer(mapping, record, zone)
    if not answer.id:
        raise Unmapped("id: nothing is given")
    return await _note(opening, answer)


async def _note(opening: Opening, answer: Answer) -> bool:
    """The place first, where it is told: what follows from having one may be told without the answer before it."""
    is_news = False
    if answer.place is not None:
        is_news = await report(opening, answer.id, answer.place)
    if answer.outcome is not None:
        is_news |= await report(opening, answer.id, answer.outcome, answer.paper)
    return is_news


class ReportPoller(Poller):
    def __init__(self, opening: Opening, settings: ReferralSettings, plan: PullPlan) -> None:
        """Raises NotReady."""
        self.seconds = plan.seconds
        self._opening = opening
        self._mapping = settings.answer
        self._source = RestSource(opening, settings, plan)
        self._said: set[str] = set()  # of the last look: whose answers were refused, and are not told again

    async def look(self) -> Looked:
        """Raises Undelivered, Unavailable: what was not noted is asked for again."""
        looked, database, name = Looked(), self._opening.house.database, self._opening.connection
        position = await read_position(database, name)
        said: set[str] = set()
        is_whole = True
        async for batch in self._source.pull(position):
            for record in batch.records:
                is_whole &= await self._take(record, looked, said)
            if batch.position is not None and is_whole and batch.position != position:
                await write_position(database, name, batch.position)
        self._said = said
        return looked

    async def _take(self, record: Record, looked: Looked, said: set[str]) -> bool:
        """Whether it is dealt with: what our rules refuse now, as while a day is in the field, they may not later."""
        try:
            looked.taken += await take(self._opening, self._mapping, record)
        except (Unmapped, Refusal) as error:
            digest = digest_of(record)
            said.add(digest)
            if digest not in self._said:
                log.warning("%s: %s", self._opening.connection, error)
                looked.refused.append(str(error))
            return isinstance(error, Unmapped | NotFound)
        return True

    async def close(self) -> None:
        await self._source.close()


def make_service(opening: Opening, mapping: AnswerMap, keys: Sequence[bytes]) -> ASGIApp:
    door = ReportDoor(opening, mapping, keys)
    app = Starlette(routes=[Route("/referrals", door.take, methods=["POST"])])
    app.router.redirect_slashes = False
    app.state.house = opening.house
    return app


class ReportDoor(SignedDoor):
    def __init__(self, opening: Opening, mapping: AnswerMap, keys: Sequence[bytes]) -> None:
        super().__init__(opening, keys)
        self._mapping = mapping

    async def do(self, message: Mapping[str, Any], message_id: str) -> dict[str, Any]:
        """Raises Unmapped, a Refusal, Unavailable."""
        is_news = await take(self._opening, self._mapping, message)
        return {"done": is_news, **({} if is_news else {"why": IS_SO})}
