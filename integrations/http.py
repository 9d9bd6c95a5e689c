"""HTTP to other systems, carefully: in bounded time and size, to allowed addresses only, and to nowhere else by a
redirect."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore2
import httpx2

from integrations.addresses import CarefulBackend, Forbidden
from integrations.contract import NotReady, Undelivered
from integrations.reach import Reach
from queue_service.redaction import redacted
from queue_service.version import VERSION

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024  # bytes that are read of it, where nothing else is asked for
LONGEST_REASON = 200  # characters that are told of it
PARALLEL = 16
BUSY = {408, 425, 429}  # refusals of the moment, not of what was sent
NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`: as much as was to be read; `is_whole`: that is all of it."""

    status: int
    reason: str
    headers: httpx2.Headers
    body: bytes
    is_whole: bool

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """Raises Undelivered."""
        if not self.is_whole:
            raise Undelivered(f"{self._told()}, longer than the {len(self.body):,} bytes that are read")
        if self._is_encoded:
            raise Undelivered(f"{self._told()}, packed in a way that was not asked for")
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Undelivered(f"{self._told()}, which is no JSON{self._begins()}") from error

    def failure(self) -> Undelivered:
        """Of an answer that is no success."""
        told = self._told()
        if 300 <= self.status < 400 and "location" in self.headers:
            told += ", a way to somewhere else, which is not followed"
        is_refused = self.status < 500 and self.status not in BUSY
        rest = None if is_refused else asked_rest(self.headers.get("retry-after", ""), datetime.now(UTC))
        in_doubt = self.status >= 500 or self.status == 408
        return Undelivered(told + self._begins(), is_refused=is_refused, in_doubt=in_doubt, rest_seconds=rest)

    @property
    def _is_encoded(self) -> bool:
        return self.headers.get("content-encoding", "identity") != "identity"

    def _told(self) -> str:
        return f"it answered {self.status} {self.reason}".rstrip()

    def _begins(self) -> str:
        text = "".join(c if c.isprintable() else " " for c in self.body[: 4 * LONGEST_REASON].decode(errors="replace"))
        text = redacted(text.strip())[:LONGEST_REASON]  # in this order: half a number would not be known for one
        return f": {text}" if text and not self._is_encoded else ""


class Http:
    """To one other system. `seconds`: for all of a request, from the connection to the answer's last byte."""

    def __init__(
        self, reach: Reach, headers: Mapping[str, str] | None = None, *, seconds: float = ANSWER_SECONDS
    ) -> None:
        """Raises NotReady."""
        try:
            trust = ssl.create_default_context(cafile=reach.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise NotReady(f"ca_file {reach.ca_file} cannot be used: {error}.") from error
        self._seconds = seconds
        self._client = httpx2.AsyncClient(
            transport=CarefulTransport(trust, reach.allow_private),
            timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
            follow_redirects=False,
            trust_env=False,
            # Not packed: what is unpacked may be a thousand times as long as what was read.
            headers={"User-Agent": f"Antrean/{VERSION}", "Accept-Encoding": "identity", **(headers or {})},
        )

    async def ask(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        longest: int = LONGEST_ANSWER,
    ) -> Answer:
        """Whatever it answers. Raises Undelivered when it does not: `is_refused` is never set then."""
        try:
            async with asyncio.timeout(self._seconds):
                async with self._client.stream(method, url, content=content, headers=headers) as answer:
                    body, is_whole = await _read(answer, longest)
        except Forbidden as error:
            raise Undelivered(str(error)) from error
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise Undelivered("no answer in time", in_doubt=not isinstance(error, NOT_SENT)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why, in_doubt = redacted(str(error)) or type(error).__name__, not isinstance(error, NOT_SENT)
            raise Undelivered(f"it cannot be reached: {why}", in_doubt=in_doubt) from error
        return Answer(answer.status_code, answer.reason_phrase, answer.headers, body, is_whole)

    async def close(self) -> None:
        await self._client.aclose()


class CarefulTransport(httpx2.AsyncHTTPTransport):
    def __init__(self, trust: ssl.SSLContext, allow_private: bool) -> None:
        super().__init__(verify=trust, trust_env=False)
        # The same, but for who connects: the library lets only its own pool be told.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=PARALLEL,
            max_keepalive_connections=PARALLEL,
            keepalive_expiry=30.0,
            network_backend=CarefulBackend(allow_private),
        )


async def _read(answer: httpx2.Response, longest: int) -> tuple[bytes, bool]:
    """To its end, as far as it is short enough: then the connection can be used again."""
    body = bytearray()
    async for chunk in answer.aiter_raw(4096):
        body += chunk
        if len(body) > longest:
            return bytes(body[:longest]), False
    return bytes(body), True


def asked_rest(given: str, now: datetime) -> float | None:
    """`Retry-After`: seconds, or a moment."""
    given = given.strip()
    if given.isascii() and given.isdecimal():
        return float(given[:9])
    try:
        at = parsedate_to_datetime(given)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
