"""Phones that read nothing, beside others that do: what they cost, and whether the others notice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from loadtests.criteria import Result
from loadtests.fanout import BRANCH, QUEUE_PATH, let_in, prepare, restock, service_window
from loadtests.processes import memory_of
from loadtests.server import Server, running_server

SHARE = 10  # one in so many reads nothing
RECEIVED_BYTES = 4096  # that the kernel of a silent phone takes in for it
HOLD_KB = 150  # 64 KiB that wait in the process, the last frame beyond, and what the socket itself takes
WINDOWS_TO_FILL = 4  # of fifty frames: then everything that a silent phone may hold is full


def silent(count: int, rounds: int) -> list[Result]:
    with TemporaryDirectory() as name, running_server(Path(name), BRANCH) as server:
        prepare(server)
        _, phones = let_in(server, count, Path(name), [QUEUE_PATH])
        with phones:

            def window() -> float:
                p99 = service_window(server, phones).record.p99_ms
                restock(server)
                return p99

            before = [window() for _ in range(rounds)]
            alone = memory_of(server.pid).rss_kib
            with silent_phones(server, count // SHARE):
                for _ in range(WINDOWS_TO_FILL):
                    window()
                full = memory_of(server.pid).rss_kib
                beside = [window() for _ in range(rounds)]
                later = memory_of(server.pid).rss_kib
    note = f"p99 {median(before):.1f} ms without, {median(beside):.1f} ms with {count // SHARE:,} that read nothing"
    each = (full - alone) * 1.024 / (count // SHARE)
    more = (later - full) * 1.024 / (count // SHARE)
    return [
        Result("the others' p99, with ÷ without silent phones", median(beside) / median(before), most=1.2, note=note),
        Result("memory of a silent phone", each, "KB", most=HOLD_KB),
        Result("and what it grew by in as many frames again", more, "KB", most=5),
    ]


@contextmanager
def silent_phones(server: Server, count: int) -> Iterator[None]:
    request = (
        f"GET {QUEUE_PATH} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with ExitStack() as stack:
        for _ in range(count):
            phone = stack.enter_context(socket.socket())
            phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
            phone.connect(("127.0.0.1", server.port))
            phone.sendall(request.encode())
        yield
