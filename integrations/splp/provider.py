"""What we publish on the service bus: three readings and their description, for whoever asks. Behind a gateway: so any
prefix before a path is passed over, headers that are not known are not minded, and no cookie is read or set."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from integrations.contract import Opening
from integrations.splp.openapi import description
from integrations.splp.readings import Json, Volume, counters_of, services_of, statistics_of, volumes
from queue_service.database import Unavailable
from queue_service.domain.branches import Branch
from queue_service.domain.errors import Invalid, NotFound, Refusal
from queue_service.web.errors import DatabaseAway
from queue_service.web.problems import problem, problem_body

METHODS = ("GET", "HEAD")
DAYS_BACK = 731
DAYS_KEPT = 256  # of all branches together
FRESH_SECONDS, PAST_SECONDS = 60, 3600  # how long a day's figures hold: today's, and those of a day that is over
SERVICES_SECONDS, COUNTERS_SECONDS = 300, 5


@dataclass(frozen=True, slots=True)
class Told:
    """`seconds`: for which whoever has it need not ask again."""

    body: Json
    seconds: int


Answerer = Callable[[Mapping[str, str]], Awaitable[Told]]


class Provider:
    """An ASGI app."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._house = opening.house
        self._days: dict[tuple[str, date], tuple[datetime, dict[str, Volume]]] = {}
        self._reckoning = asyncio.Lock()  # one day at a time, however many ask
        self._answers: Mapping[str, Answerer] = {
            "/layanan": self._services,
            "/loket/status": self._counters,
            "/statistik/harian": self._statistics,
            "/openapi.json": self._described,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._answer(Request(scope)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"].rstrip("/")
        answerer = next((each for end, each in self._answers.items() if path.endswith(end)), None)
        if answerer is None:
            return problem(request, NotFound("There is nothing at this address."))
        if request.method not in METHODS:
            told = problem_body(405, "method_not_allowed", f"This address does not take {request.method}.")
            return Response(told, 405, {"Allow": ", ".join(METHODS)}, "application/problem+json")
        try:
            return _response(request, await answerer(request.query_params))
        except Invalid as refusal:  # 400, which every gateway hands on as it is
            told = problem_body(400, refusal.code, str(refusal))
            return Response(told, 400, media_type="application/problem+json")
        except Refusal as refusal:
            return problem(request, refusal)
        except Unavailable:
            return problem(request, DatabaseAway("This cannot be read now. Please try again in a moment."))

    async def probe(self) -> str:
        """Raises Unavailable."""
        found = [len((await answer({})).body) for answer in (self._services, self._counters, self._statistics)]
        branches = len(self._opening.branches())
        return f"All {len(found)} readings of {branches} branches can be given; nothing was sent."

    # The readings

    async def _services(self, query: Mapping[str, str]) -> Told:
        found = [one for branch in self._branches(query) for one in services_of(branch)]
        return Told({"layanan": found}, SERVICES_SECONDS)

    async def _counters(self, query: Mapping[str, str]) -> Told:
        now = self._house.floors.clock()
        floors = [await self._house.floors.get_today(branch.id) for branch in self._branches(query)]
        return Told({"loket": [one for floor in floors for one in counters_of(floor, now)]}, COUNTERS_SECONDS)

    async def _statistics(self, query: Mapping[str, str]) -> Told:
        branches, now = self._branches(query), self._house.floors.clock()
        today = min((branch.day_of(now) for branch in branches), default=now.date())
        day = _day(query.get("tanggal", ""), today)
        found = [one for branch in branches for one in statistics_of(branch, await self._volumes(branch, day, now))]
        seconds = FRESH_SECONDS if day >= today else PAST_SECONDS
        return Told({"tanggal": day.isoformat(), "statistik": found}, seconds)

    async def _described(self, query: Mapping[str, str]) -> Told:
        return Told(description(), SERVICES_SECONDS)

    def _branches(self, query: Mapping[str, str]) -> Sequence[Branch]:
        """Raises NotFound."""
        covered = self._opening.branches()
        if (wanted := query.get("cabang")) is None:
            return covered
        found = [branch for branch in covered if branch.id == wanted]
        if not found:
            raise NotFound("There is no branch “{branch}”.", branch=wanted[:64])
        return found

    async def _volumes(self, branch: Branch, day: date, now: datetime) -> dict[str, Volume]:
        """Raises Unavailable."""
        async with self._reckoning:
            known = self._days.pop((branch.id, day), None)
            lasts = FRESH_SECONDS if day >= branch.day_of(now) else PAST_SECONDS
            if known is None or not now - timedelta(seconds=lasts) < known[0] <= now:
                entries = await self._house.journal.read((branch.id, day))
                known = (now, await asyncio.to_thread(volumes, entries))
            self._days[branch.id, day] = known  # the one asked for last stands last
            while len(self._days) > DAYS_KEPT:
                del self._days[next(iter(self._days))]
            return known[1]


def _day(text: str, today: date) -> date:
    """Raises Invalid."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        raise Invalid("tanggal: expected a day such as 2026-11-23.") from None
    if not timedelta() <= today - day <= timedelta(days=DAYS_BACK):
        raise Invalid("tanggal: expected today or one of the {days} days before.", days=DAYS_BACK)
    return day


def _response(request: Request, told: Told) -> Response:
    body = json.dumps(told.body, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {
        "Cache-Control": f"public, max-age={told.seconds}",
        "ETag": etag,
        # The same for everybody, and from pages of any agency.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if _is_known(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _is_known(given: str, etag: str) -> bool:
    """Compared weakly: a gateway that packs an answer marks its tag so."""
    return given.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in given.split(",")]
