"""One person's keep-alive connection to the API: so little of a client that a test can be hundreds of people."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

PATIENCE = 60.0  # seconds for one answer


class Unanswered(Exception):
    """The connection broke before the answer was there: whether anything happened is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def code(self) -> str | None:
        """The stable word of a problem."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return self.json["code"] if is_problem else None


class Caller:
    def __init__(self, port: int, key: str | None = None) -> None:
        self._port = port
        self._key = key
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def get(self, path: str) -> Answer:
        return await self.ask("GET", path)

    async def post(self, path: str, body: object = None, *, idempotency: str | None = None) -> Answer:
        return await self.ask("POST", path, body, {"Idempotency-Key": idempotency} if idempotency else {})

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises Unanswered."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(self._request(method, path, body, headers or {}))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            await self.hang_up()
            raise Unanswered(f"{method} {path}: {error!r}") from error

    async def _ask(self, request: bytes) -> Answer:
        if self._reader is None or self._writer is None or self._reader.at_eof():
            await self.hang_up()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            await self.hang_up()
        return Answer(int(head[0].split()[1]), headers, body)

    def _request(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} /api/v1{path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        if self._key is not None:
            lines.append(f"Authorization: Bearer {self._key}")
        if content:
            lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(content)}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    async def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
