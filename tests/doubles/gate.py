"""Between a system and whoever uses it: closed, nobody gets through."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

CHUNK = 64 * 1024


class Gate:
    """For `async with`. Hands on to `target`, a port of this machine, what comes to its own."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.target = target
        self.port = port
        self.is_open = True
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._let_in, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        await self.close()

    def open(self) -> None:
        self.is_open = True

    async def close(self) -> None:
        """And cut off who is through."""
        self.is_open = False
        for task in list(self._through):
            task.cancel()
        if self._through:
            await asyncio.wait(self._through)

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._through.add(task)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # by `close`, and nobody waits for more
        finally:
            self._through.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [asyncio.create_task(_hand_on(*way)) for way in ((reader, inner_writer), (inner_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.transport.abort()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
