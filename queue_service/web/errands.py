"""What a request wants done at the desk: on whose behalf, and under which `Idempotency-Key`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Self

from fastapi import Depends
from starlette.requests import Request as HttpRequest

from queue_service.database import Unavailable
from queue_service.domain.actions import Action
from queue_service.domain.errors import Invalid
from queue_service.journal import Beside, Claimed, Request
from queue_service.records.roles import Right
from queue_service.traces import span
from queue_service.turns import Answer
from queue_service.web.house import House, house_of
from queue_service.web.staff import staff_with

VISITOR = "visitor"

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255
CLAIMS_TRIED = 5  # each time another may have been quicker
KEY_PATTERN = r"^[\x21-\x7e]+$"
_is_key = re.compile(KEY_PATTERN).fullmatch


@dataclass(frozen=True, slots=True)
class Errand:
    """`request` makes a repetition harmless; without it, each time counts."""

    house: House
    by: str
    request: Request | None

    async def act(
        self, branch: str, action: Action, answer: Answer, day: date | None = None, beside: Beside | None = None
    ) -> dict[str, Any]:
        for _ in range(CLAIMS_TRIED):
            try:
                return await self._act(branch, action, answer, day, beside)
            except Claimed:
                assert beside is not None
                beside = await self.house.identities.after_those_over(beside)
        raise Unavailable("Too many others claim the same.")

    async def _act(
        self, branch: str, action: Action, answer: Answer, day: date | None, beside: Beside | None
    ) -> dict[str, Any]:
        known = branch if branch in self.house.branches.all else "unknown"  # anybody may write anything into an address
        with span("act", action=type(action).__name__, branch=known):
            return await self.house.desk.act(
                branch, action, self.by, day=day, request=self.request, answer=answer, beside=beside
            )

    def about_somebody(self) -> Self:
        """What was asked holds a NIK or the like, and whoever tries them all would find it by a plain fingerprint."""
        if self.request is None:
            return self
        digest = self.house.secrets.digest("fingerprint", self.request.fingerprint.encode())
        return replace(self, request=Request(self.request.key, digest.hex()))


@dataclass(frozen=True, slots=True)
class CounterErrand(Errand):
    """A clerk's, at a counter."""

    branch: str
    counter: str
    supervises: bool
    queues: frozenset[str] | None  # from which this clerk may call; None: from all


# One dependency for all that a route needs, and none of its own: over each, and over each declared parameter, the
# framework takes as long as the desk over half an action. `openapi.py` describes what is read here.


async def _visitors(http: HttpRequest) -> Errand:
    return Errand(house_of(http), VISITOR, await _request(http))


async def _clerks(http: HttpRequest) -> CounterErrand:
    branch, counter = http.path_params["branch"], http.path_params["counter"]
    staff = await staff_with(Right.SERVE, http, branch)
    supervises, queues = staff.may(Right.SET_QUEUES, branch), staff.queues_at(branch)
    return CounterErrand(house_of(http), str(staff), await _request(http), branch, counter, supervises, queues)


def errand_with(right: Right) -> Callable[[HttpRequest], Awaitable[Errand]]:
    """A dependency: the errand of staff who have this right at the branch in the address."""

    async def errand(http: HttpRequest) -> Errand:
        staff = await staff_with(right, http, http.path_params["branch"])
        return Errand(house_of(http), str(staff), await _request(http))

    return errand


async def _request(http: HttpRequest) -> Request | None:
    key = http.headers.get(KEY_HEADER)
    if key is None:
        return None
    if len(key) > LONGEST_KEY or not _is_key(key):
        raise Invalid("Idempotency-Key: expected 1 to {most} printable characters without spaces.", most=LONGEST_KEY)
    return Request(key, fingerprint(http.method, http.url.path, await http.body()))


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


VisitorsErrand = Annotated[Errand, Depends(_visitors)]
CorrectionsErrand = Annotated[Errand, Depends(errand_with(Right.CORRECT_TICKETS))]
ClerksErrand = Annotated[CounterErrand, Depends(_clerks)]
SupervisorsErrand = Annotated[Errand, Depends(errand_with(Right.SET_QUEUES))]
FindingErrand = Annotated[Errand, Depends(errand_with(Right.FIND_PEOPLE))]
RevealsErrand = Annotated[Errand, Depends(errand_with(Right.REVEAL_PEOPLE))]
ServingErrand = Annotated[Errand, Depends(errand_with(Right.SERVE))]
CasesErrand = Annotated[Errand, Depends(errand_with(Right.CHANGE_CASES))]
NoticesErrand = Annotated[Errand, Depends(errand_with(Right.GIVE_NOTICES))]
