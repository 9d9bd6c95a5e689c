"""Every way into the service, as the application itself lists them."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from starlette.routing import Mount, Route

Door = tuple[str, str]  # method and path; a WebSocket's method is WS

# What the application does not list: the stream is the server's own, and is told of a ticket or a branch by its query.
STREAMS: tuple[Door, ...] = (("WS", "/stream?branch={branch}"), ("WS", "/stream?ticket={token}"))


def doors_of(app: FastAPI) -> list[Door]:
    return [*sorted(_listed(app), key=lambda door: (door[1], door[0])), *STREAMS]


def _listed(app: FastAPI) -> Iterator[Door]:
    for route in app.routes:
        if isinstance(route, Mount):
            yield "GET", f"{route.path}/{{file}}"
        elif isinstance(route, Route):
            yield from ((method, route.path) for method in route.methods or () if method != "HEAD")
        else:
            raise TypeError(f"What is {route}?")
