"""uvicorn, with our own socket for streams and a limit on how long a handshake may take."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from queue_service.app import make_app, stream_protocol
from queue_service.listening import turn_deaf
from queue_service.stream.connections import Connection
from queue_service.web.house import House
from queue_service.web.observed import Observed

HEADERS_SECONDS = 10.0  # from the connection, or a later request's first byte, to the last header
BODY_SECONDS = 20.0  # from the last header to the body's last byte; bodies are small, links may be poor
LARGEST_HEAD = 32 * 1024  # bytes
BACKLOG = 4096
ARRIVAL_SECONDS = 0.1  # for those who have connected by now to be taken, before the door is closed
IDLE_SECONDS = 1.0  # a server that stops waits so long for the next request of a connection
REQUESTS_SECONDS = 10.0  # beyond the streams' leave: for requests under way, and for the last to answer a goodbye
CUT_SECONDS = 0.5  # for requests to notice that their connection is gone
LOOK_SECONDS = 0.02
SWITCH_SECONDS = 0.001  # until the thread that commits gets its turn beside a busy event loop; Python's own is 5 ms


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, which by itself would wait for ever for a request to end."""

    _deadline: asyncio.TimerHandle | None = None
    _head = 0  # bytes of the headers so far
    _has_begun = False  # a request that has not come whole
    _is_ending = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(HEADERS_SECONDS)

    def on_message_begin(self) -> None:
        self._head = 0
        self._has_begun = True
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
        if self._is_ending and self._is_answering():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._has_begun = False
        self._forget_deadline()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The request under way is the last, or the next if it comes soon: it may have been sent already."""
        self._is_ending = True
        if self._is_answering():
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(IDLE_SECONDS, self._end_if_idle)

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _end_if_idle(self) -> None:
        if not (self._has_begun or self._is_answering()):
            self.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    def _expect_within(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.abort)

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

    _patience: asyncio.Timeout | None = None  # while it drains

    def __init__(
        self, config: uvicorn.Config, house: House, on_listening: Callable[[], object], *, shares_port: bool
    ) -> None:
        super().__init__(config)
        self._house = house
        self._on_listening = on_listening
        self._shares_port = shares_port

    def end(self) -> None:
        """At the first call as it should, at the second at once."""
        if self.should_exit:
            self.force_exit = True
            if self._patience is not None:
                self._patience.reschedule(asyncio.get_running_loop().time())
        self.should_exit = True

    def end_at_a_signal(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.end)

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """In uvicorn's place, which would send everybody away at once."""
        seconds = 0 if self.force_exit else self._house.settings.drain_seconds + REQUESTS_SECONDS
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds) as self._patience:
                await self._drain(sockets or [])
        self._patience = None
        await self._cut_off()

    async def _drain(self, sockets: list[socket.socket]) -> None:
        """Nobody new; those who are inside finish what they do, and leave one after the other."""
        if not self._shares_port:
            for sock in sockets:
                turn_deaf(sock)
        await asyncio.sleep(ARRIVAL_SECONDS)
        self._stop_listening(sockets)
        for peer in self._peers():
            if isinstance(peer, PatientProtocol):
                peer.shutdown()
        await self._house.hub.part(self._house.settings.drain_seconds)
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn says it in no other way
            await asyncio.sleep(LOOK_SECONDS)

    def _stop_listening(self, sockets: Iterable[socket.socket] = ()) -> None:
        for server in self.servers:
            server.close()
        for sock in sockets:
            sock.close()

    async def _cut_off(self) -> None:
        self._stop_listening()
        for peer in self._peers():
            peer.abort()
        if self.server_state.tasks:
            _, unmoved = await asyncio.wait(self.server_state.tasks, timeout=CUT_SECONDS)
            for task in unmoved:
                task.cancel()
            await asyncio.gather(*unmoved, return_exceptions=True)

    def _peers(self) -> list[PatientProtocol | Connection]:
        return list(cast("set[PatientProtocol | Connection]", self.server_state.connections))


def make_server(
    house: House,
    on_listening: Callable[[], object],
    *,
    shares_port: bool = False,
    certificate: tuple[Path, Path] | None = None,
) -> Server:
    """`on_listening` is called once connections are accepted; `shares_port`: someone else closes the door for good.
    `certificate`: with its key, for TLS where no proxy stands before this."""
    raise_file_limit()
    prepare_interpreter()
    config = uvicorn.Config(
        Observed(make_app(house), house),
        http=PatientProtocol,
        ws=cast(Any, stream_protocol(house)),
        lifespan="off",
        # It would write addresses of tickets, and those are capabilities; see web/observed.py.
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        backlog=BACKLOG,
        proxy_headers=False,
        ssl_certfile=None if certificate is None else str(certificate[0]),
        ssl_keyfile=None if certificate is None else str(certificate[1]),
    )
    return Server(config, house, on_listening, shares_port=shares_port)


def prepare_interpreter() -> None:
    """For a process whose event loop is never to be kept waiting, and that holds next to no rings of objects.

    What is loaded by now stays: the collector would take a tenth of a second to walk through it each time.
    """
    gc.freeze()  # without a collection before it, which would find nothing and take a tenth of the start
    sys.setswitchinterval(SWITCH_SECONDS)


def raise_file_limit() -> None:
    """Each stream is an open file; most systems begin at 1,024 and let a process take more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
