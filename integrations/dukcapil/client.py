"""The register's web service, which a private network leads to: in bounded time, and not at all for a while after it
was away."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import date

from integrations.contract import Undelivered
from integrations.dukcapil.translate import Account, question, read_verdict
from integrations.http import Answer, Http
from integrations.patience import Allowance, Breaker
from queue_service.domain.identity_checks import Result, Verdict, look_at


class DukcapilClient:
    """An `IdentityCheck`. `failure`: why the last question had no answer."""

    def __init__(self, http: Http, url: str, account: Account, clock: Callable[[], float] = time.monotonic) -> None:
        self._http = http
        self._url = url
        self._account = account
        self._clock = clock
        self._breaker = Breaker()
        self.failure: Undelivered | None = None

    async def verify_identity(self, nik: str, name: str, birth_date: date | None) -> Verdict:
        seen = look_at(nik, birth_date)
        if self._breaker.allowance(self._clock()) is Allowance.NONE:
            return Verdict(Result.UNAVAILABLE, "the register was away, and is not asked for a while", seen.oddities)
        try:
            verdict = read_verdict(await self._ask(question(self._account, nik, name, birth_date)))
        except Undelivered as failure:
            self.failure = failure
            if not failure.is_refused:  # whoever refuses is there
                rest, draw = failure.rest_seconds, random.random()  # noqa: S311
                self._breaker = self._breaker.after_silence(self._clock(), draw, rest)
            return Verdict(Result.UNAVAILABLE, str(failure), seen.oddities)
        self._breaker = self._breaker.after_delivery(self._clock())
        return Verdict(verdict.result, verdict.reason, seen.oddities)

    async def _ask(self, asked: dict[str, str]) -> object:
        """Raises Undelivered."""
        answer = await self._http.ask(
            "POST",
            self._url,
            content=json.dumps(asked).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        if not answer.is_success:
            raise self._failure(answer)
        return answer.json()

    def _failure(self, answer: Answer) -> Undelivered:
        """Without the body: it may say again what was asked."""
        full = answer.failure()
        return Undelivered(
            f"the register answered {answer.status}", is_refused=full.is_refused, rest_seconds=full.rest_seconds
        )

    async def close(self) -> None:
        await self._http.close()
