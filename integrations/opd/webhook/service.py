"""The web service: a signed message is verified, understood and done, and answered once all of it is durable."""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from integrations.contract import Opening
from integrations.opd.here import Here
from integrations.opd.mapping import FieldMap, Wanted, read_record
from integrations.opd.rehearsal import Rehearsal
from integrations.opd.settling import Ground, Outcome, settle
from integrations.opd.sources import Unmapped
from integrations.webhook.verifying import Unsigned, verified_id
from queue_service.database import Unavailable
from queue_service.domain.errors import Invalid, NotFound, Refusal

log = logging.getLogger("antrean.integrations.opd")


def make_service(opening: Opening, mapping: FieldMap, keys: Sequence[bytes], *, dry_run: bool = False) -> ASGIApp:
    """Raises NotReady."""
    door = EventDoor(opening, mapping, keys, dry_run=dry_run)
    app = Starlette(routes=[Route("/events", door.take, methods=["POST"])])
    app.router.redirect_slashes = False
    app.state.house = opening.house
    return app


class NotYet(Exception):
    """What it is about may still be on its way."""


class SignedDoor(ABC):
    """2xx: it is durable, or there is nothing to be done. 409: not now; it may be sent again."""

    def __init__(self, opening: Opening, keys: Sequence[bytes]) -> None:
        self._opening = opening
        self._keys = keys

    @abstractmethod
    async def do(self, message: Mapping[str, Any], message_id: str) -> dict[str, Any]:
        """Answers what was done. Raises Unmapped, NotYet, a Refusal, Unavailable."""

    async def take(self, request: Request) -> Response:
        body = await request.body()
        now = self._opening.house.floors.clock()
        try:
            message_id = verified_id(request.headers, body, self._keys, now.timestamp())
        except Unsigned as error:
            return self._refused(401, str(error))
        try:
            return JSONResponse(await self.do(_read(body), message_id))
        except (Unmapped, Invalid, NotFound) as error:
            return self._refused(422, str(error))
        except (Refusal, NotYet) as error:
            return self._refused(409, str(error))
        except Unavailable:
            return JSONResponse({"why": "not now"}, 503, {"Retry-After": "5"})

    def _refused(self, status: int, why: str) -> Response:
        log.warning("%s: a message was answered %s: %s", self._opening.connection, status, why)
        return JSONResponse({"why": why}, status)


class EventDoor(SignedDoor):
    def __init__(self, opening: Opening, mapping: FieldMap, keys: Sequence[bytes], *, dry_run: bool) -> None:
        """Raises NotReady."""
        super().__init__(opening, keys)
        self._mapping = mapping
        self._dry_run = dry_run
        self._here = Here(opening)

    async def do(self, message: Mapping[str, Any], message_id: str) -> dict[str, Any]:
        wanted = read_record(self._mapping, message, {one.id: one for one in self._opening.branches()})
        ground: Ground = Rehearsal(self._opening) if self._dry_run else self._here
        outcome = await settle(wanted, ground, f"message {message_id}")
        if outcome.is_unknown:
            raise NotYet(outcome.why)
        return {**_told(wanted, outcome), **({"dry_run": True} if self._dry_run else {})}


def _read(body: bytes) -> dict[str, Any]:
    """Raises Unmapped."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Unmapped("the message is no JSON") from None
    if not isinstance(message, dict):
        raise Unmapped("the message is no object")
    return message


def _told(wanted: Wanted, outcome: Outcome) -> dict[str, Any]:
    """Their id and ours."""
    told: dict[str, Any] = {"id": wanted.id, "done": list(outcome.done)}
    if outcome.known:
        day, label = outcome.known.day.isoformat(), outcome.known.label
        told |= {"branch": wanted.branch, "day": day, "label": label, "ticket_id": f"{wanted.branch}/{day}/{label}"}
    return {**told, "why": outcome.why} if outcome.why else told
