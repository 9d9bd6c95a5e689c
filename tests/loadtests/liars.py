"""A way to a real server on which frames of the stream are changed: the crowd's checks must be able to fail."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

Frame = dict[str, Any]
Lie = Callable[[Frame], Frame]  # what is passed on instead

PIECE = 65536


@asynccontextmanager
async def lying_about(port: int, lie: Lie) -> AsyncIterator[int]:
    """The port at which everything is as behind `port`, but for the frames."""
    under_way: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
            forth = asyncio.create_task(copy(reader, there_writer))
            try:
                await back(there_reader, writer, lie)
            finally:
                forth.cancel()
                there_writer.close()
        writer.close()
        under_way.discard(task)

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in under_way:
            task.cancel()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lie: Lie) -> None:
    first = await reader.read(PIECE)
    if not first.startswith(b"HTTP/1.1 101"):
        writer.write(first)
        await copy(reader, writer)
        return
    head, end, rest = first.partition(b"\r\n\r\n")
    writer.write(head + end)
    while True:
        opcode, payload, rest = await read_frame(reader, rest)
        if opcode == 0x81:
            payload = json.dumps(lie(json.loads(payload)), separators=(",", ":")).encode()
        writer.write(framed(opcode, payload))
        await writer.drain()


async def read_frame(reader: asyncio.StreamReader, held: bytes) -> tuple[int, bytes, bytes]:
    """First byte, payload, and what was read of the next frame already."""

    async def have(size: int) -> None:
        nonlocal held
        while len(held) < size:
            piece = await reader.read(PIECE)
            if not piece:
                raise asyncio.IncompleteReadError(held, size)
            held += piece

    await have(2)
    opcode, size, head = held[0], held[1], 2
    if size >= 126:
        head = 4 if size == 126 else 10
        await have(head)
        size = int.from_bytes(held[2:head], "big")
    await have(head + size)
    return opcode, held[head : head + size], held[head + size :]


def framed(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((opcode, size)) + payload
    if size < 65536:
        return bytes((opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((opcode, 127)) + size.to_bytes(8, "big") + payload
