"""Phones and lobby screens: read the stream as its protocol says, and note what they should not have seen."""

import asyncio
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.service.callers import Caller

Frame = dict[str, Any]
JITTER_SECONDS = 0.2  # the protocol's first second, shortened: a test has only a few phones


@dataclass
class Phone:
    """`query`: what it watches. Holds the newest frame of each queue, as a screen would show it."""

    port: int
    query: str
    rng: random.Random = field(default_factory=random.Random)
    queues: dict[str, Frame] = field(default_factory=dict)
    ticket: Frame | None = None
    is_gone: bool = False
    faults: list[str] = field(default_factory=list)
    frames: int = 0
    connections: int = 0
    pictures: dict[tuple[str, str, int], Frame] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def watch(self) -> None:
        """Until it is cancelled, or its number is gone."""
        while not self.is_gone:
            try:
                await self._connect()
            except (OSError, EOFError, ConnectionClosed, InvalidHandshake, TimeoutError):
                await asyncio.sleep(self.rng.uniform(0, JITTER_SECONDS))

    async def _connect(self) -> None:
        url = f"ws://127.0.0.1:{self.port}/stream?{self.query}"
        async with connect(url, compression=None, ping_interval=None, max_queue=None, proxy=None) as stream:
            self.connections += 1
            async for message in stream:
                async with self._changed:
                    self.take(json.loads(message))
                    self._changed.notify_all()

    def take(self, frame: Frame) -> None:
        self.frames += 1
        if frame["type"] == "ticket":
            if self.ticket is not None and self.ticket["epoch"] == frame["epoch"]:
                self._check_order(self.ticket, frame)
            self.ticket = frame
        elif frame["type"] == "gone":
            self.is_gone = True
        elif frame["type"] == "queue":
            shown = self.queues.get(frame["queue"])
            if shown is not None and shown["epoch"] == frame["epoch"]:
                self._check_order(shown, frame)
            self._check_same(frame)
            self.queues[frame["queue"]] = frame

    def _check_order(self, shown: Frame | None, frame: Frame) -> None:
        if shown is not None and frame["seq"] < shown["seq"]:
            self.faults.append(f"{self.query}: {frame['type']} {frame['seq']} came after {shown['seq']}")

    def _check_same(self, frame: Frame) -> None:
        """One state has one picture. What caused it is told once, and is forgotten by a restart."""
        picture = {name: value for name, value in frame.items() if name != "why"}
        known = self.pictures.setdefault((frame["queue"], frame["epoch"], frame["seq"]), picture)
        if known != picture:
            self.faults.append(f"{self.query}: two pictures of one seq: {known} and {picture}")

    async def until_changed(self) -> None:
        async with self._changed:
            await self._changed.wait()

    async def until_shown(self, queue: str, seq: int) -> Frame:
        """The queue's frame, once it includes the journal up to `seq`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.queues.get(queue, {"seq": -1})["seq"] >= seq)
            return self.queues[queue]


async def compare(phones: Iterable[Phone], branch: str, patience: float = 30) -> int:
    """Notes each phone whose newest frame is not its server's snapshot; answers with the number of frames compared.

    To be asked when nothing moves any more.
    """
    compared = 0
    deadline = asyncio.get_running_loop().time() + patience  # for all of them together
    for phone in phones:
        for queue in list(phone.queues):
            async with Caller(phone.port) as caller:
                snapshot = (await caller.get(f"/branches/{branch}/queues/{queue}")).json
            day = snapshot.pop("day")
            try:
                async with asyncio.timeout_at(deadline):
                    frame = await phone.until_shown(queue, snapshot["seq"])
            except TimeoutError:
                frame = phone.queues[queue]
            compared += 1
            if frame != snapshot or not day:
                phone.faults.append(f"{phone.query}: shows {frame}, and the snapshot is {snapshot}")
    return compared


async def look_aside(phones: Iterable[Phone], caller: Caller, branch: str) -> int:
    """While everything moves: a snapshot and a frame of the same state must be equal. How many pairs were found."""
    pairs = 0
    for phone in phones:
        for queue in list(phone.queues):
            snapshot = (await caller.get(f"/branches/{branch}/queues/{queue}")).json
            frame = phone.queues[queue]
            if (frame["epoch"], frame["seq"]) == (snapshot["epoch"], snapshot["seq"]):
                pairs += 1
                del snapshot["day"]
                if frame != snapshot:
                    phone.faults.append(f"{phone.query}: shows {frame}, and the snapshot is {snapshot}")
    return pairs
