"""Answers what staff ask, in the process that has the way out; the data themselves never leave `people` but for it."""

from __future__ import annotations

import asyncio
from datetime import date

from integrations.contract import Opening, Poller
from integrations.dukcapil.ways import Way
from queue_service.domain.asking import Field
from queue_service.domain.errors import NotFound
from queue_service.domain.identity_checks import Result, Verdict
from queue_service.records.identity_checks import Check, answer, is_asked, take_up


class IdentityPoller(Poller):
    seconds = 1.0

    def __init__(self, opening: Opening, way: Way) -> None:
        self._opening = opening
        self._house = opening.house
        self._way = way

    async def look(self) -> None:
        """Raises Undelivered once for each question that had no answer, after whoever asked was told so."""
        name, database, keys = self._opening.connection, self._house.database, self._house.people.keys
        if not await database.read(lambda connection: is_asked(connection, name)):
            return
        now = self._house.floors.clock()
        asked = await database.write(lambda connection: take_up(connection, keys, name, now))
        await asyncio.gather(*(self._answer(check, birth_date) for check, birth_date in asked))
        if self._way.failure is not None:
            failure, self._way.failure = self._way.failure, None
            raise failure

    async def _answer(self, check: Check, birth_date: date | None) -> None:
        verdict = await self._verdict(check, birth_date)
        now = self._house.floors.clock()
        await self._house.database.write(lambda connection: answer(connection, check, verdict, now))

    async def _verdict(self, check: Check, birth_date: date | None) -> Verdict:
        try:
            person = await self._house.people.get((check.branch, check.day, check.label))
        except NotFound:
            return Verdict(Result.UNAVAILABLE, "nothing is kept of who has this number any more")
        if Field.NIK not in person.values:
            return Verdict(Result.UNAVAILABLE, "no NIK was given for this number")
        return await self._way.verify_identity(person.values[Field.NIK], person.values.get(Field.NAME, ""), birth_date)

    async def close(self) -> None:
        await self._way.close()
