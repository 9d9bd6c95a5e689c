"""A phone that watches one queue while a recording is pushed through it, and remembers every call that it saw."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from queue_service.replay.client import ReplayStopped
from queue_service.replay.recordings import Lane

_PATIENCE_SECONDS = 5.0


class Watcher:
    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.seen: set[str] = set()  # labels called
        self.frames = 0
        self.last: dict[str, Any] = {}
        self._came = asyncio.Event()

    def take(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "queue":
            return
        self.frames += 1
        self.last = frame
        # A call that was over before this frame stands in `why` only.
        self.seen |= {label for label, _, _ in frame["now"]}
        self.seen |= {label for label, cause in frame["why"] if cause == "called" and label is not None}
        self._came.set()

    async def reaches(self, seq: int) -> bool:
        """Whether the newest state comes, within some seconds."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while self.last.get("seq", -1) < seq:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        return True

    def shows(self, snapshot: dict[str, Any]) -> bool:
        """Whether the last frame is what the service answers over HTTP."""
        return all(self.last.get(name) == snapshot[name] for name in ("seq", "state", "waiting", "now"))


@asynccontextmanager
async def watching(url: str, lane: Lane) -> AsyncIterator[Watcher]:
    query = urlencode({"branch": lane.branch, "queue": lane.queue})
    address = f"ws{url.removeprefix('http')}/stream?{query}"
    try:
        socket = await connect(address, proxy=None)
    except (OSError, InvalidHandshake) as error:
        raise ReplayStopped(f"The stream of {lane} cannot be opened: {error}") from error
    watcher = Watcher(lane)
    reading = asyncio.create_task(_read(socket, watcher))
    try:
        yield watcher
    finally:
        await socket.close()
        await reading


async def _read(socket: ClientConnection, watcher: Watcher) -> None:
    try:
        async for message in socket:
            watcher.take(json.loads(message))
    except ConnectionClosed:
        return  # what was missed by that is told by the count
