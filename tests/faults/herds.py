"""A herd of thousands: as little of a phone as can be, with the protocol's own way of coming back."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.service.wires import handshake

PATIENCE = 120.0
RETRY_SECONDS, LONGEST_SECONDS = 1.0, 30.0  # of the protocol's full jitter


_seqs = re.compile(rb'"seq":(\d+)')
_farewell = re.compile(rb"\x88[\x02-\x7d]\x03\xe9", re.DOTALL)  # a close frame of 1001


class Stream(asyncio.Protocol):
    """Of its frames it reads only how new they are: everyone's are compared elsewhere."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._member.transport = transport
        transport.write(handshake(self._member.query))

    def data_received(self, data: bytes) -> None:
        seen = self._tail + data
        self._tail = seen[-40:]
        if seen.startswith(b"HTTP/1.1 503"):
            self._member.refused += 1
        for found in _seqs.finditer(seen):
            self._member.see(int(found[1]))
        if _farewell.search(seen) and self._member.transport is not None:
            self._member.farewells += 1
            self._member.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._member.lost_at = asyncio.get_running_loop().time()
        self._member.lost.set()


@dataclass(eq=False)
class Member:
    """`ports`: of the workers, as a load balancer would try them in turn."""

    ports: Sequence[int]
    query: str
    seq: int = -1
    backwards: int = 0
    connections: int = 0
    refused: int = 0
    transport: asyncio.Transport | None = None
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    farewells: int = 0
    lost_at: float = 0.0  # loop time of the last connection's end
    fresh_at: float = 0.0  # loop time of the last connection's first frame
    _is_fresh: bool = False

    def see(self, seq: int) -> None:
        if not self._is_fresh:
            self._is_fresh, self.fresh_at = True, asyncio.get_running_loop().time()
        self.backwards += seq < self.seq
        self.seq = max(self.seq, seq)

    async def follow(self, rng: random.Random) -> None:
        loop, tries = asyncio.get_running_loop(), 0
        for turn in count():
            self._is_fresh = False
            self.lost.clear()
            try:
                await loop.create_connection(lambda: Stream(self), "127.0.0.1", self.ports[turn % len(self.ports)])
                await self.lost.wait()
            except OSError:
                pass
            if self._is_fresh:
                self.connections += 1
                tries = 0
            await asyncio.sleep(rng.uniform(0, min(LONGEST_SECONDS, RETRY_SECONDS * 2**tries)))
            tries += 1


async def until_fresh(herd: Sequence[Member], since: float, seq: int = 0) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(member.seq < seq or member.fresh_at <= since for member in herd):
            await asyncio.sleep(0.05)
