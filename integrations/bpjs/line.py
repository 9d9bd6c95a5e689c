"""The way to the insurer: at the agreed pace, and whatever goes wrong in the engine's own words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from integrations.bpjs.calls import Calls
from integrations.bpjs.cipher import Unreadable
from integrations.bpjs.client import Away, BpjsClient, NotLetIn, Refused
from integrations.bpjs.pace import Turnstile, at_once
from integrations.bpjs.puskesmas import PuskesmasCalls
from integrations.bpjs.refusals import Meaning
from integrations.contract import Undelivered

log = logging.getLogger("antrean.bpjs")

T = TypeVar("T")

SHUT_OUT_SECONDS = 300.0  # until one more is tried; each would be refused alike


class Line:
    """`calls` may be made through `ask` only."""

    def __init__(
        self, name: str, client: BpjsClient, per_second: float, hang_up: Callable[[], Awaitable[None]]
    ) -> None:
        self._name = name
        self._hang_up = hang_up
        self._turnstile = Turnstile(per_second)
        self._is_shut_out = False
        self.per_second = per_second
        self.parallel = at_once(per_second)
        self.calls = Calls(client)
        self.puskesmas = PuskesmasCalls(client)

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Raises Undelivered, Refused."""
        await self._turnstile.pass_through()
        try:
            answer = await call()
        except Away as error:
            raise Undelivered(str(error), rest_seconds=error.rest_seconds) from error
        except Unreadable as error:
            raise Undelivered(str(error)) from error
        except NotLetIn as error:
            self._alarm(error)
            raise Undelivered(str(error), rest_seconds=SHUT_OUT_SECONDS) from error
        except Refused as error:
            self._is_shut_out = False
            if error.verdict.meaning is Meaning.PASSING:
                raise Undelivered(str(error)) from error
            raise
        self._is_shut_out = False
        return answer

    async def close(self) -> None:
        await self._hang_up()

    def _alarm(self, error: NotLetIn) -> None:
        """Once, and not for each that waits: settings or clock are wrong, and only a person can mend that."""
        if not self._is_shut_out:
            log.error("%s is stopped, nothing is lost: %s", self._name, error)
        self._is_shut_out = True
