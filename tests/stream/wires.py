"""The far end of a connection, played at the wire: what was written, and a socket that can stop reading."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from queue_service.stream.connections import Connection, Gate
from queue_service.web.house import House
from queue_service.web.problems import describe

HEADERS = (
    (b"host", b"antrean.test"),
    (b"upgrade", b"websocket"),
    (b"connection", b"Upgrade"),
    (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
    (b"sec-websocket-version", b"13"),
)


class Wire(asyncio.Transport):
    def __init__(self, house: House, query: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = False
        gate = Gate(house.hub, house.tokens, frozenset(), describe)
        self.connection = Connection(gate, set())
        self.connection.connection_made(self)
        self.connection.open("GET", f"/stream?{query}", (*HEADERS, *headers))

    def write(self, data: Any) -> None:
        self.written += data

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    @property
    def status(self) -> int:
        return int(self.written.split(b" ", 2)[1])

    def frames(self) -> list[dict[str, Any]]:
        """All messages so far, parsed as a client would."""
        _, _, rest = bytes(self.written).partition(b"\r\n\r\n")
        reader = StreamReader()
        reader.feed_data(rest)
        found = []
        while True:
            parsing = Frame.parse(reader.read_exact, mask=False)
            try:
                next(parsing)
            except StopIteration as done:
                if done.value.opcode is Opcode.TEXT:
                    found.append(json.loads(done.value.data))
            else:
                return found

    def last(self, kind: str = "queue") -> dict[str, Any]:
        return [frame for frame in self.frames() if frame["type"] == kind][-1]


async def settle(house: House) -> None:
    """Until everything that is due has been sent, spacing included."""
    while house.hub.is_sending:
        await asyncio.sleep(0.005)
