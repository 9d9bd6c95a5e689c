"""A request straight to the application: a thousand of them cost a second."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import Message

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


async def ask(
    app: FastAPI,
    method: str,
    address: str,
    headers: Mapping[str, str] | None = None,
    body: str | Mapping[str, Any] | None = None,
    *,
    raises: bool = True,
    **scope: Any,
) -> Answer:
    """A body that is text is a form's, another one is sent as JSON. A fault that was answered is raised again."""
    path, _, query = address.partition("?")
    content = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = {} if body is None else {"Content-Type": FORM if isinstance(body, str) else "application/json"}
    sent = {"Host": "antrean", "Content-Length": str(len(content)), **kind, **(headers or {})}
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    about = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "scheme": "http",
        "http_version": "1.1",
        "server": ("antrean", 80),
        "client": ("192.0.2.9", 4711),
        **scope,
    }
    with suppress(*(() if raises else (Exception,))):
        await app(about, receive, send)
    begun = next(message for message in told if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in told if message["type"] == "http.response.body")
    return Answer(begun["status"], Headers(raw=begun["headers"]), content)
