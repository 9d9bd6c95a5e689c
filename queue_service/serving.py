"""`antrean serve` in one process, and what each of several does."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

from queue_service.app import open_house
from queue_service.inside import are_inside, connections_inside
from queue_service.listening import listening_socket
from queue_service.logs import write_logs
from queue_service.server import make_server
from queue_service.settings import Settings
from queue_service.traces import traced
from queue_service.web.house import House
from queue_service.workers import Parent, leave_signals_to_parent


async def serve_alone(host: str, port: int, on_listening: Callable[[int], object]) -> None:
    """`on_listening` is told the port."""
    async with _house(is_alone=True) as house:
        sock = listening_socket(host, port)
        server = make_server(house, lambda: on_listening(sock.getsockname()[1]))
        server.end_at_a_signal()
        await server.serve(sockets=[sock])


async def serve_with_others(sock: socket.socket, line: socket.socket) -> None:
    """Both are the parent's."""
    leave_signals_to_parent()
    async with _house(is_alone=False) as house:
        parent = Parent(line)
        server = make_server(house, parent.tell, shares_port=True)
        parent.obey(server.end)
        await server.serve(sockets=[sock])


@asynccontextmanager
async def _house(*, is_alone: bool) -> AsyncIterator[House]:
    settings = Settings.from_environment()
    write_logs(settings.logs)
    is_inside = are_inside(settings, is_alone=is_alone)
    async with traced(), open_house(settings) as house, connections_inside(house) if is_inside else nullcontext():
        yield house
