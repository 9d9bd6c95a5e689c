"""HTTP to the centre, over links that break: every question may be asked again."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2

from queue_service.faults import Fault
from queue_service.journal.appends import Place
from queue_service.version import VERSION

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 45.0
MOMENTARY = {408, 413, 425, 429}  # refusals that say nothing about what was asked

Json = dict[str, Any]


class Away(Fault):
    """No answer, or none that can be read: the same may be asked again."""

    heading = "The centre cannot be reached: "


class Refused(Fault):
    """The centre's own sentence."""

    heading = "The centre says: "


class Centre:
    """About one day there. `shown`: the pass of its lease, or a key of staff."""

    def __init__(self, client: httpx2.AsyncClient, place: Place, shown: str) -> None:
        self._client = client
        self._root = f"/api/v1/branches/{place[0]}/days/{place[1].isoformat()}/field"
        self._shown = shown

    async def get(self, path: str, **asked: str | int) -> Json:
        """Raises Away, Refused."""
        return await self._ask("GET", path, params=asked)

    async def post(self, path: str, body: Json) -> Json:
        """Raises Away, Refused."""
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **more: Any) -> Json:
        headers = {"Authorization": f"Bearer {self._shown}"}
        try:
            answer = await self._client.request(method, f"{self._root}{path}", headers=headers, **more)
            status, told = answer.status_code, answer.json() if answer.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Away(str(error) or type(error).__name__) from error
        except ValueError as error:  # somebody else's page: of a hotspot that wants to be paid, say
            raise Away("whoever answers there is not Antrean.") from error
        if not isinstance(told, dict):
            raise Away("whoever answers there is not Antrean.")
        if 200 <= status < 300:
            return told
        detail = str(told.get("detail") or f"it answered {status}")
        raise (Away if status >= 500 or status in MOMENTARY or "code" not in told else Refused)(detail)


@asynccontextmanager
async def a_line(url: str, ca_file: str | None) -> AsyncIterator[httpx2.AsyncClient]:
    """Raises Refused for an address by which people's data could be read on the way."""
    read = urlsplit(url)
    if read.scheme != "https" and not (read.scheme == "http" and _is_here(read.hostname or "")):
        raise Refused(f"“{url}”: expected an address that begins with https://, since people's data go there.")
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    trust = ssl.create_default_context(cafile=ca_file)
    headers = {"User-Agent": f"Antrean/{VERSION}", "Accept-Language": "en"}
    async with httpx2.AsyncClient(
        base_url=url.rstrip("/"), verify=trust, timeout=timeout, headers=headers, trust_env=False
    ) as client:
        yield client


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
