"""Asks another system through the gateway: with the key in the header that it wants, and its faults told apart from
those of whoever is behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from integrations.contract import Opening
from integrations.http import Answer, Http
from integrations.reach import Reach, Url
from integrations.splp.faults import failure_of, fault_in

LONGEST_ANSWER = 512 * 1024


def _check_base(url: str) -> str:
    if url.endswith("/") or "?" in url:
        raise ValueError("expected an address without an ending, such as https://gateway.example/lapor/3.0.0")
    return url


class GatewaySettings(Reach):
    """`base_url`: up to where the paths of the system begin, with the prefix that the gateway gives to it. `key_header`
    empty: it asks for no key; `key_scheme` empty: the key stands there alone."""

    base_url: Annotated[Url, AfterValidator(_check_base)]
    key_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,60}$")] = "AuthorizationSPLP"
    key_scheme: Annotated[str, Field(pattern=r"^[A-Za-z]{0,20}$")] = "Bearer"

    @model_validator(mode="after")
    def reaches_the_gateway(self) -> Self:
        self.check_reach(self.base_url, "base_url")
        return self

    def key_headers(self, opening: Opening) -> Mapping[str, str]:
        """Raises NotReady."""
        if not self.key_header:
            return {}
        return {self.key_header: f"{self.key_scheme} {opening.secret('GATEWAY_KEY')}".strip()}


class Gateway:
    def __init__(self, settings: GatewaySettings, headers: Mapping[str, str]) -> None:
        """Raises NotReady."""
        self._base = settings.base_url
        self._http = Http(settings, {"Accept": "application/json", **headers})

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """What the system behind it answers. Raises Undelivered where it was not reached."""
        content, headers = None, None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            headers = {"Content-Type": "application/json"}
        url = f"{self._base}/{path}"
        answer = await self._http.ask(method, url, content=content, headers=headers, longest=LONGEST_ANSWER)
        if not answer.is_success and (fault := fault_in(answer)):
            raise failure_of(answer, fault)
        return answer

    async def close(self) -> None:
        await self._http.close()
