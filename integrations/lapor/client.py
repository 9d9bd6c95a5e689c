"""Talks to LAPOR through the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from integrations.contract import Opening, Undelivered
from integrations.http import BUSY, Answer
from integrations.lapor.settings import LaporSettings
from integrations.lapor.translate import Json, Told, follow_ups_in, reason_in, refusal_in, tracking_in
from integrations.splp.faults import REST_SECONDS
from integrations.splp.gateway import Gateway

MOST_PAGES = 20
OURS = {401, 403}  # says nothing of the complaint: a key is wrong


class LaporClient:
    def __init__(self, opening: Opening, settings: LaporSettings) -> None:
        """Raises NotReady."""
        key = opening.secret("KEY")
        # The braces are part of what is wanted there.
        headers = {"auth": f"Bearer {key}", "token": f"{{{key}}}", **settings.key_headers(opening)}
        self._gateway = Gateway(settings, headers)

    async def file(self, body: Json) -> str:
        """Its number there. Raises Undelivered: in doubt, where it may have taken it without our hearing its number."""
        answer = await self._gateway.ask("POST", "complaints/complaint", body)
        try:
            told = _read(answer)
        except Undelivered as error:
            if answer.is_success and not error.is_refused:
                raise Undelivered(str(error), in_doubt=True) from error
            raise
        if tracking := tracking_in(told):
            return tracking
        raise Undelivered("it took a complaint without saying its number", in_doubt=True)

    async def follow_ups(self, tracking: str) -> Sequence[Told]:
        """Raises Undelivered."""
        found: list[Told] = []
        for number in range(1, MOST_PAGES + 1):
            path = f"complaints/{quote(tracking, safe='')}/followups?page={number}"
            told = _read(await self._gateway.ask("GET", path))
            try:
                page, is_more = follow_ups_in(told)
            except ValueError:
                raise Undelivered("its answer is no list of follow-ups") from None
            found += page
            if not is_more:
                break
        return found

    async def knock(self) -> int:
        """Asks for a complaint that nobody has, and changes nothing: the status of the answer of LAPOR itself. Raises
        Undelivered."""
        answer = await self._gateway.ask("GET", "complaints/0/followups?page=1")
        if answer.status in OURS or answer.status >= 500 or answer.status in BUSY:
            raise _failure(answer)
        return answer.status

    async def close(self) -> None:
        await self._gateway.close()


def _read(answer: Answer) -> Any:
    """Raises Undelivered; final where LAPOR itself says that it does not want this one."""
    if not answer.is_success:
        raise _failure(answer)
    told = answer.json()
    if why := refusal_in(told):
        raise Undelivered(f"LAPOR refuses it: {why}", is_final=True)
    return told


def _failure(answer: Answer) -> Undelivered:
    if answer.status in OURS:
        return Undelivered(f"LAPOR does not accept the key (answer {answer.status})", rest_seconds=REST_SECONDS)
    plain = answer.failure()
    if not plain.is_refused:
        return plain
    try:
        why = reason_in(answer.json())
    except Undelivered:
        why = ""
    if answer.status in (400, 409, 422) and why:
        return Undelivered(f"LAPOR refuses it: {why}", is_final=True)
    return Undelivered(f"it answered {answer.status} {answer.reason}".rstrip(), is_refused=True)
