"""An agency's webhook receiver, at the wire: it checks signatures, and can be as unreliable as one likes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TOLERANCE_SECONDS = 300

HANG_UP = 0  # instead of a status: the connection ends without an answer


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Arrived:
    id: str
    message: Any
    reply: Reply

    @property
    def is_taken(self) -> bool:
        return 200 <= self.reply.status < 300

    @property
    def lane(self) -> str | None:
        label: str | None = self.message["data"].get("label")
        return label

    @property
    def seq(self) -> int:
        seq: int = self.message["data"]["seq"]
        return seq


Behaviour = Callable[[str, Any, int], Reply]  # of an id, its message, and how often it came before


def takes_all(_id: str, _message: Any, _tries: int) -> Reply:
    return Reply()


def is_signed(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """As the Standard Webhooks rules say, and by nothing of ours."""
    if abs(now - int(headers["webhook-timestamp"])) > TOLERANCE_SECONDS:
        return False
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    digest = hmac.new(base64.b64decode(secret.split("_", 1)[1]), signed, hashlib.sha256).digest()
    given = [one.partition(",") for one in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and base64.b64decode(signature) == digest for version, _, signature in given)


def is_verified(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """By somebody else's library."""
    try:
        Webhook(secret).verify(body, dict(headers))
    except WebhookVerificationError:
        return False
    return True


class Receiver:
    def __init__(self) -> None:
        self.behave: Behaviour = takes_all
        self.arrived: list[Arrived] = []  # in the order of the answers
        self.unsigned: list[str] = []
        self.port = 0
        self._tries: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def taken(self) -> list[Arrived]:
        return [each for each in self.arrived if each.is_taken]

    async def open(self, tls: Any = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Nobody is at home any more."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while await self._answer(reader, writer):
                    pass
        except asyncio.CancelledError:
            pass
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        message_id, message = headers["webhook-id"], json.loads(body)
        if not (is_signed(SECRET, headers, body, time.time()) and is_verified(SECRET, headers, body)):
            self.unsigned.append(message_id)
        reply = self.behave(message_id, message, self._tries[message_id])
        self._tries[message_id] += 1
        await asyncio.sleep(reply.after_seconds)
        self.arrived.append(Arrived(message_id, message, reply))
        if reply.status == HANG_UP:
            return False
        lines = [f"HTTP/1.1 {reply.status} Said", f"Content-Length: {len(reply.body)}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body)
        await writer.drain()
        return True


@asynccontextmanager
async def a_receiver(tls: Any = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.open(tls)
    try:
        yield receiver
    finally:
        await receiver.close()
