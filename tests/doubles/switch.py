"""Sends a system away that has no web of its own: what `antrean-double outage` speaks to."""

from __future__ import annotations

import json
from typing import Self

from tests.doubles.gate import Gate
from tests.doubles.web import Answer, Request, WebServer


class Switch:
    """For `async with`, at its usual port or wherever one is free."""

    def __init__(self, gate: Gate, port: int) -> None:
        self._gate = gate
        self.web = WebServer(self._handle, port=port)

    async def __aenter__(self) -> Self:
        try:
            await self.web.start()
        except OSError:
            self.web.port = 0
            await self.web.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.web.stop()

    async def _handle(self, request: Request) -> Answer:
        if request.path != "/_outage":
            return _told({"message": "not found"}, 404)
        if request.method == "POST":
            match _wish(request.body):
                case "down":
                    await self._gate.close()
                case "none":
                    self._gate.open()
                case _:
                    return _told({"message": "kind: expected down or none"}, 400)
        return _told({"kind": None if self._gate.is_open else "down"})


def _wish(body: bytes) -> object:
    try:
        wish = json.loads(body)
    except ValueError:
        return None
    return wish.get("kind") if isinstance(wish, dict) else None


def _told(value: object, status: int = 200) -> Answer:
    return Answer(json.dumps(value).encode(), status)
