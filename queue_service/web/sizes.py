"""No request body of ours is large: one that is gets 413 before it is read."""

from __future__ import annotations

import contextlib

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queue_service.web.errors import TooLarge
from queue_service.web.problems import problem

LARGEST_BODY = 16 * 1024  # bytes


class BodyLimit:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            return await self._app(scope, receive, send)
        refusal = problem(Request(scope), TooLarge("The request is larger than any that is needed here."))
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            return await refusal(scope, receive, send)
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # A chunked body has no length; it ends, for the app, where it grows too large.
            return message if taken <= LARGEST_BODY else {"type": "http.disconnect"}

        async def answered(message: Message) -> None:
            if taken <= LARGEST_BODY:
                await send(message)

        with contextlib.suppress(ClientDisconnect):
            await self._app(scope, counted, answered)
        if taken > LARGEST_BODY:
            await refusal(scope, receive, send)
