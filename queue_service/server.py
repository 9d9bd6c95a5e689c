"""uvicorn, with our own socket for streams and a limit on how long a handshake may take."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from queue_service.app import make_app, stream_protocol
from queue_service.stream.connections import Connection
from queue_service.web.house import House

HEADERS_SECONDS = 10.0  # from the connection, or a later request's first byte, to the last header
BODY_SECONDS = 20.0  # from the last header to the body's last byte; bodies are small, links may be poor
LARGEST_HEAD = 32 * 1024  # bytes
BACKLOG = 4096
KERNEL_BYTES = 16 * 1024  # of what is not sent yet, doubled by the kernel: what a reader who has stopped may hold there
DEAD_SECONDS = 60  # a peer that acknowledges nothing for so long is gone
COLLECTED_AFTER = 50_000  # more objects made than dropped: a few megabytes
SWITCH_SECONDS = 0.001  # until the thread that commits gets its turn beside a busy event loop; Python's own is 5 ms


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which by itself would wait for ever for a request to end."""

    _deadline: asyncio.TimerHandle | None = None
    _head = 0  # bytes of the headers so far

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(HEADERS_SECONDS)

    def on_message_begin(self) -> None:
        self._head = 0
        self._unset_keepalive_if_required()
        if self._deadline is None:
            self._expect_within(HEADERS_SECONDS)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._head += len(name) + len(value)

    def on_headers_complete(self) -> None:
        self._forget_deadline()
        self._expect_within(BODY_SECONDS)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._forget_deadline()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def _expect_within(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def data_received(self, data: bytes) -> None:
        """A client may send its first frame with its handshake: what lies behind the upgrade is the stream's."""
        try:
            self.parser.feed_data(data)
            if self._head > LARGEST_HEAD:
                self.send_400_response("The headers are larger than any that are needed here.")
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
        except httptools.HttpParserUpgrade as upgrade:
            if not self._should_upgrade():
                return
            if self.parser.get_http_version() == "1.0":
                self.send_400_response("A WebSocket needs HTTP/1.1.")
                return
            self._hand_over(data[upgrade.args[0] :])

    def _hand_over(self, rest: bytes) -> None:
        """To a stream. uvicorn would write the request out again, for the stream to read it a second time."""
        self.connections.discard(self)
        stream = self.ws_protocol_class(  # type: ignore[call-arg, misc]
            config=self.config, server_state=self.server_state, app_state=self.app_state
        )
        stream.connection_made(self.transport)
        self.transport.set_protocol(stream)
        cast(Connection, stream).open(self.scope["method"], self.url.decode("latin-1"), self.headers)
        if rest and not self.transport.is_closing():
            stream.data_received(rest)
        del self.parser  # it refers back to this, and such a ring would lie about until the collector comes by


class Server(uvicorn.Server):
    """uvicorn's, but a signal ends the serving and not the process: the house still has to be closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        try:
            yield
        finally:
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(name)


def make_server(house: House, host: str, port: int) -> Server:
    raise_file_limit()
    prepare_interpreter()
    config = uvicorn.Config(
        make_app(house),
        host=host,
        port=port,
        http=PatientProtocol,
        ws=cast(Any, stream_protocol(house)),
        lifespan="off",
        # An access log would write addresses of tickets, and those are capabilities.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=10,
        backlog=BACKLOG,
        proxy_headers=False,
    )
    return Server(config)


def listening_socket(host: str, port: int) -> socket.socket:
    """Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # What follows is inherited by every connection.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000)
    sock.bind((host, port))
    return sock


def prepare_interpreter() -> None:
    """For a process whose event loop is never to be kept waiting, and that holds next to no rings of objects.

    What is loaded by now stays: the collector would take a tenth of a second to walk through it each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)


def raise_file_limit() -> None:
    """Each stream is an open file; most systems begin at 1,024 and let a process take more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def quiet_logs() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
