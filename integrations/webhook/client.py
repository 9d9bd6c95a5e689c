"""Talks to the receiver."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore2
import httpx2

from integrations.contract import Item, NotReady, Sender, Undelivered
from integrations.webhook.addresses import CarefulBackend, Forbidden
from integrations.webhook.settings import WebhookSettings
from integrations.webhook.translate import TYPES, body_of, headers_of
from queue_service.logs import redacted
from queue_service.version import VERSION

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
LONGEST_ANSWER = 64 * 1024  # bytes that are read of it
LONGEST_REASON = 200  # characters that are told of it
PARALLEL = 16
BUSY = {408, 425, 429}  # refusals of the moment, not of what was sent


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


class WebhookSender(Sender):
    def __init__(self, settings: WebhookSettings, keys: Sequence[bytes]) -> None:
        """Raises NotReady."""
        try:
            trust = ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise NotReady(f"ca_file {settings.ca_file} cannot be used: {error}.") from error
        self._settings = settings
        self._keys = keys
        self._wanted = None if settings.events is None else frozenset(settings.events)
        self._http = httpx2.AsyncClient(
            transport=CarefulTransport(trust, settings.allow_private),
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"Antrean/{VERSION}", "Content-Type": "application/json"},
        )

    def wants(self, kind: str) -> bool:
        return kind in TYPES and (self._wanted is None or TYPES[kind] in self._wanted)

    async def send(self, item: Item) -> None:
        body = body_of(item)
        headers = headers_of(item.id, int(time.time()), body, self._keys)
        try:
            async with self._http.stream("POST", self._settings.url, content=body, headers=headers) as answer:
                said = await _read_a_little(answer)
        except Forbidden as error:
            raise Undelivered(str(error)) from error
        except httpx2.TimeoutException as error:
            raise Undelivered("no answer in time") from error
        except httpx2.HTTPError as error:
            raise Undelivered(f"it cannot be reached: {str(error) or type(error).__name__}") from error
        if not answer.is_success:
            raise _failure(answer, said)

    async def close(self) -> None:
        await self._http.aclose()


async def _read_a_little(answer: httpx2.Response) -> bytes:
    """All of it, as far as it is short: then the connection can be used again."""
    said = bytearray()
    async for chunk in answer.aiter_raw(4096):
        said += chunk
        if len(said) >= LONGEST_ANSWER:
            break
    return bytes(said)


def _failure(answer: httpx2.Response, said: bytes) -> Undelivered:
    told = f"it answered {answer.status_code} {answer.reason_phrase}".rstrip()
    if answer.is_redirect:
        told += ", a way to somewhere else, which is not followed"
    text = "".join(c if c.isprintable() else " " for c in said[: 4 * LONGEST_REASON].decode(errors="replace")).strip()
    if text and "content-encoding" not in answer.headers:
        told += f": {redacted(text[:LONGEST_REASON])}"
    is_refused = answer.status_code < 500 and answer.status_code not in BUSY
    return Undelivered(told, is_refused=is_refused, rest_seconds=None if is_refused else _asked_rest(answer))


def _asked_rest(answer: httpx2.Response) -> float | None:
    """`Retry-After`: seconds, or a moment."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isascii() and given.isdecimal():
        return float(given[:9])
    try:
        at = parsedate_to_datetime(given)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
