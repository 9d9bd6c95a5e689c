"""What every answer says to the browser that gets it, whoever made the answer: keep to yourself."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from queue_service.web.proxies import came_encrypted

# For what is no page. A page brings a policy of its own.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ENCRYPTED_ONLY = (b"strict-transport-security", b"max-age=31536000")

OTHERWISE: Mapping[bytes, bytes] = {
    b"cache-control": b"no-store",
    b"content-security-policy": NOTHING.encode(),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}


class Discreet(FastAPI):
    """Around all of it, so that faults and what the framework answers by itself are no exception."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await super().__call__(scope, receive, send)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_missing(message, scope)]
            await send(message)

        await super().__call__(scope, receive, answered)


def _missing(message: Message, scope: Scope) -> list[tuple[bytes, bytes]]:
    told = {name.lower() for name, _ in message["headers"]}
    missing = [header for header in OTHERWISE.items() if header[0] not in told]
    if came_encrypted(HTTPConnection(scope)):
        missing.append(ENCRYPTED_ONLY)
    return missing
