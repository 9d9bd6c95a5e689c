"""Talks to a running service. A refusal by the rules is an answer; what makes going on pointless ends the replay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import httpx2

from queue_service.faults import Fault

Json = dict[str, Any]

_TIMEOUT_SECONDS = 30.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)  # before another try, while the database is away

_HOPELESS = {
    401: "The service does not know this key (401). `antrean key create` makes one.",
    403: "This key may not do that (403). It takes an administrator's, or a clerk's of the recording's only branch.",
    429: "The service lets one device take so many numbers only (429). Start it with ANTREAN_RATE_LIMITS=off.",
}


class ReplayStopped(Fault):
    """Going on makes no sense; the sentence says why."""


class Refused(Exception):
    """The service said no: `code` is its stable word, `detail` its sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Client:
    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self._http = http
        self.url = url
        self.seconds: list[float] = []  # that each answer took

    async def get(self, path: str) -> Json:
        """Raises Refused, ReplayStopped."""
        told: Json = _read(await self._send("GET", path, None), path)
        return told

    async def post(self, path: str, body: Json | None = None) -> Json | None:
        """None for an answer without content. Raises Refused, ReplayStopped."""
        response = await self._send("POST", path, body)
        return None if response.status_code == 204 else _read(response, path)

    async def _send(self, method: str, path: str, body: Json | None) -> httpx2.Response:
        """With 503 nothing was done, so it may be asked again; after a lost connection nobody could tell."""
        begin = perf_counter()
        for pause in (*_PAUSES, None):
            try:
                response = await self._http.request(method, path, json=body)
            except httpx2.TransportError as error:
                raise ReplayStopped(f"{self.url} does not answer: {str(error) or type(error).__name__}.") from error
            if response.status_code != 503 or pause is None:
                break
            await asyncio.sleep(pause)
        self.seconds.append(perf_counter() - begin)
        return response


@asynccontextmanager
async def connect(url: str, key: str, clients: int) -> AsyncIterator[Client]:
    limits = httpx2.Limits(max_connections=clients, max_keepalive_connections=clients)
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    # No proxy of the environment: a service that is replayed to is near.
    async with httpx2.AsyncClient(
        base_url=f"{url}/api/v1", headers=headers, limits=limits, timeout=_TIMEOUT_SECONDS, trust_env=False
    ) as http:
        yield Client(http, url)


def _read(response: httpx2.Response, path: str) -> Json:
    status = response.status_code
    if response.is_success:
        told: Json = response.json()
        return told
    if status in _HOPELESS:
        raise ReplayStopped(_HOPELESS[status])
    if status >= 500:
        raise ReplayStopped(f"The service failed with {status} at {path}: {_problem(response).detail}")
    raise _problem(response)


def _problem(response: httpx2.Response) -> Refused:
    try:
        problem = response.json()
        return Refused(str(problem["code"]), str(problem["detail"]))
    except (ValueError, KeyError, TypeError):
        return Refused(f"http_{response.status_code}", "an answer that is no problem description")
