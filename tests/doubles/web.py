"""HTTP for doubles: what a request is about, a server, and a way to hang up in the middle.

Of its own, since a double has to do what no good server lets one do: to read a request, act on it, and say nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self

LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str  # as it came, still percent-encoded
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    query: str = ""  # as it came


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


HANG_UP = None  # instead of an answer

Handler = Callable[[Request], Awaitable[Answer | None]]


class Refused(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


class WebServer:
    """For `async with`; stopped and started again it is at the same port."""

    def __init__(self, handle: Handler, host: str = "127.0.0.1", port: int = 0) -> None:
        self._handle = handle
        self.host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=LONGEST_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hangs up on everybody."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(OSError, EOFError):
                while await self._answer(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass  # by `stop`, and nobody waits for more
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays."""
        try:
            request = await _read(reader, writer)
        except Refused as refused:
            writer.write(_written(Answer(b"", refused.status), stays=False))
            return False
        answer = await self._handle(request)
        if answer is HANG_UP:
            writer.transport.abort()
            return False
        stays = request.headers.get("connection", "").lower() != "close"
        writer.write(_written(answer, stays))
        await writer.drain()
        return stays


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        length = int(headers.get("content-length", "0"))
    except (asyncio.LimitOverrunError, ValueError):
        raise Refused(HTTPStatus.BAD_REQUEST) from None
    if "transfer-encoding" in headers:
        raise Refused(HTTPStatus.LENGTH_REQUIRED)
    if not 0 <= length <= LONGEST_BODY:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    path, _, query = target.partition("?")
    return Request(method, path, headers, await reader.readexactly(length), query)


def _written(answer: Answer, stays: bool) -> bytes:
    headers = {
        "Content-Type": answer.kind,
        "Content-Length": str(len(answer.body)),
        "Connection": "keep-alive" if stays else "close",
        **answer.headers,
    }
    lines = [f"HTTP/1.1 {int(answer.status)} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body
