"""A network that goes wrong on demand: a TCP proxy between a client and a server, whose faults are switched as it runs.

It lives on a thread with an event loop of its own, so that tests may be of either kind.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

READ = 4096  # bytes at a time
ON_THE_WAY = 16  # reads: what is held beyond these is held by the sender
KERNEL_BYTES = 32 * 1024
LOOK_SECONDS = 0.01  # how soon a switch is noticed
PATIENCE = 30.0
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of nothing: RST instead of FIN
_is_message = re.compile(rb"[*>]\d+\r\n\$\d+\r\n[sp]?message\r\n").match


@dataclass
class Way:
    """What happens to the bytes of one direction. All of it may be changed at any time."""

    latency: float = 0.0  # seconds
    jitter: float = 0.0  # seconds more or less; the order stays
    rate: float | None = None  # bytes a second
    slice: int | None = None  # bytes in one packet
    is_stopped: bool = False  # a black hole: nothing passes, not even the end of a connection
    cut_after: int | None = None  # bytes; then the connection that carried the last of them is reset
    drops: float = 0.0  # the part of all published messages that is left out, where the proxy is of messages
    dropped: int = 0
    passed: int = 0  # bytes
    rng: random.Random = field(default_factory=lambda: random.Random(17))

    def lets_through(self, value: bytes) -> bool:
        if _is_message(value) and self.rng.random() < self.drops:
            self.dropped += 1
            return False
        return True


@dataclass(eq=False)
class Line:
    """One connection: to the client, and on to the server."""

    ends: tuple[asyncio.StreamWriter, asyncio.StreamWriter]

    def reset(self) -> None:
        for end in self.ends:
            sock = end.get_extra_info("socket")
            if sock is not None and not end.transport.is_closing():
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()


class Proxy:
    """`messages`: it stands before a Redis, and can leave out single messages of pub/sub."""

    def __init__(self, target: int, *, messages: bool = False) -> None:
        self.up, self.down = Way(), Way()  # from the client, and to it
        self.port = 0
        self.accepted = 0
        self.target = target  # a port; may be changed, for those who come from then on
        self._is_of_messages = messages
        self._lines: set[Line] = set()
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)

    @property
    def connections(self) -> int:
        return len(self._lines)

    def stop(self) -> None:
        """A black hole both ways: connections stay open, new ones are accepted, nothing passes."""
        self.up.is_stopped = self.down.is_stopped = True

    def resume(self) -> None:
        self.up.is_stopped = self.down.is_stopped = False

    def reset(self, most: int | None = None) -> int:
        """Resets so many connections, drawn by lot, or all of them; how many there were."""
        return int(self._do(self._reset(most)))

    def refuse(self) -> None:
        """Nobody listens any more; what is open stays so."""
        self._do(self._refuse())

    def accept(self) -> None:
        self._do(self._accept())

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._accept())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._refuse())
        self._do(self._reset(None))
        self._do(_end_the_others())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _accept(self) -> None:
        if self._listener is None:
            listener = _small_socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            self.port = listener.getsockname()[1]
            self._listener = await asyncio.start_server(self._connect, sock=listener, backlog=4096)

    async def _refuse(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _reset(self, most: int | None) -> int:
        lines = list(self._lines)
        chosen = lines if most is None else self.down.rng.sample(lines, min(most, len(lines)))
        for line in chosen:
            line.reset()
        return len(chosen)

    async def _connect(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.accepted += 1
        onward = _small_socket()
        onward.setblocking(False)
        try:
            await self._loop.sock_connect(onward, ("127.0.0.1", self.target))
        except OSError:  # the server is not there: as if nobody stood between
            onward.close()
            return Line((client, client)).reset()
        answers, server = await asyncio.open_connection(sock=onward)
        line = Line((client, server))
        self._lines.add(line)
        try:
            await asyncio.gather(
                *(self._pass(line, *way) for way in ((reader, server, self.up), (answers, client, self.down)))
            )
        except (OSError, asyncio.CancelledError):
            line.reset()
        finally:
            self._lines.discard(line)
            for end in line.ends:
                end.close()

    async def _pass(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(ON_THE_WAY)
        await asyncio.gather(self._take(reader, held, way), self._give(line, writer, held, way))

    async def _take(self, reader: asyncio.StreamReader, held: asyncio.Queue[tuple[float, bytes]], way: Way) -> None:
        due, messages, data = 0.0, Messages(), b" "
        while data:
            data = await reader.read(READ)
            if self._is_of_messages and way is self.down:
                whole = b"".join(value for value in messages.whole(data) if way.lets_through(value))
                if data and not whole:
                    continue
            else:
                whole = data
            late = max(0.0, way.latency + way.rng.uniform(-way.jitter, way.jitter))
            due = max(due, self._loop.time() + late)
            await held.put((due, whole))

    async def _give(
        self, line: Line, writer: asyncio.StreamWriter, held: asyncio.Queue[tuple[float, bytes]], way: Way
    ) -> None:
        while True:
            due, data = await held.get()
            if (early := due - self._loop.time()) > 0:
                await asyncio.sleep(early)
            while way.is_stopped:
                await asyncio.sleep(LOOK_SECONDS)
            if not data:
                writer.write_eof()
                return
            for piece in _pieces(data, way):
                await self._write(line, writer, piece, way)

    async def _write(self, line: Line, writer: asyncio.StreamWriter, piece: bytes, way: Way) -> None:
        is_cut = way.cut_after is not None and way.cut_after <= len(piece)
        if way.cut_after is not None:
            piece, way.cut_after = piece[: way.cut_after], None if is_cut else way.cut_after - len(piece)
        writer.write(piece)
        await writer.drain()
        way.passed += len(piece)
        if is_cut:
            await asyncio.sleep(LOOK_SECONDS)  # a reset overtakes what the other end has not read yet
            line.reset()
            raise ConnectionResetError
        if way.rate is not None:
            await asyncio.sleep(len(piece) / way.rate)
        elif way.slice is not None:
            await asyncio.sleep(0)


def _pieces(data: bytes, way: Way) -> Iterator[bytes]:
    size = way.slice or (max(1, int(way.rate / 20)) if way.rate else len(data))
    return (data[at : at + size] for at in range(0, len(data), size))


def _small_socket() -> socket.socket:
    """So that a sender feels a black hole soon; nothing is put together to larger packets again."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BYTES)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


async def _end_the_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Messages:
    """Cuts what a Redis says into its values (RESP 2 and 3), so that one can be left out whole."""

    def __init__(self) -> None:
        self._rest = b""

    def whole(self, data: bytes) -> list[bytes]:
        self._rest += data
        values, at = [], 0
        while (end := _end_of_value(self._rest, at)) is not None:
            values.append(self._rest[at:end])
            at = end
        self._rest = self._rest[at:]
        return values


def _end_of_value(data: bytes, at: int) -> int | None:
    """None while it is not whole."""
    line = data.find(b"\r\n", at)
    if line < 0:
        return None
    kind, end = data[at : at + 1], line + 2
    if kind in (b"$", b"=", b"!"):
        size = int(data[at + 1 : line])
        end += size + 2 if size >= 0 else 0
        return end if end <= len(data) else None
    parts = int(data[at + 1 : line]) * (2 if kind == b"%" else 1) if kind in (b"*", b">", b"~", b"%") else 0
    for _ in range(parts):
        inner = _end_of_value(data, end)
        if inner is None:
            return None
        end = inner
    return end
