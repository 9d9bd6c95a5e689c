"""One socket: the handshake and what clients send by `websockets`' sans-I/O protocol, frames out as ready bytes.

No task, no ASGI message and no mailbox per phone: thousands of these sit in one process.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeaderValue
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from queue_service.database import Unavailable
from queue_service.domain.errors import NotFound, Refusal
from queue_service.floors import Floors
from queue_service.journal.appends import Place
from queue_service.stream.admission import Admission, refusals
from queue_service.stream.audiences import Audience, Counts
from queue_service.stream.subjects import Asked, Subject, read_query
from queue_service.tokens import Tokens

log = logging.getLogger("antrean.stream")
log_of_protocol = logging.getLogger("antrean.stream.protocol")
log_of_protocol.setLevel(logging.WARNING)  # it would write request lines, and so tokens

PATH = "/stream"
VERSION = "13"
MOST_HEADERS = 128
LONGEST_HEADER = 8 * 1024  # bytes
LARGEST_MESSAGE = 1024  # bytes
MESSAGES_A_MINUTE = 10
UNSENT_BYTES = 64 * 1024  # beyond this a slow reader skips frames
CLOSE_SECONDS = 5.0  # for the peer's half of the closing handshake


class WrongOrigin(Refusal):
    code = "wrong_origin"


class BadHandshake(Refusal):
    """What RFC 6455 asks of an opening handshake, and this one is not."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__("This is not the opening of a WebSocket, version 13.")
        self.code = code  # type: ignore[misc]
        self.status = status


class StreamUnavailable(Refusal):
    code = "unavailable"


class Host(Protocol):
    """The hub, as a connection sees it."""

    floors: Floors
    counts: Counts
    admission: Admission

    @property
    def is_full(self) -> bool: ...

    def welcome(self, connection: Connection, subject: Subject) -> None: ...

    def refresh(self, connection: Connection) -> None: ...

    def leave(self, connection: Connection) -> None: ...


@dataclass(frozen=True, slots=True)
class Gate:
    """What a newcomer is checked against. `describe`: a refusal as status and problem+json in a language."""

    hub: Host
    tokens: Tokens
    allowed_origins: frozenset[str]
    describe: Callable[[Refusal, str], tuple[int, bytes]]
    # Judges every opening; nothing that it keeps of one is looked at by the next.
    opening: ServerProtocol = field(default_factory=lambda: ServerProtocol(logger=log_of_protocol))
    turned_away: tuple[bytes, ...] = field(init=False)  # ready to be sent: a herd must be cheap to answer

    def __post_init__(self) -> None:
        refusal = StreamUnavailable("No new stream can be opened just now. Please try again in a few seconds.")
        object.__setattr__(self, "turned_away", refusals(*self.describe(refusal, "")))

    def connection(self, config: Any, server_state: Any, app_state: Any) -> Connection:
        """What uvicorn calls as if it were its WebSocket class."""
        return Connection(self, server_state.connections)


class Connection(asyncio.Protocol):
    __slots__ = (
        "_behind",
        "_counted_from",
        "_counts",
        "_early",
        "_gate",
        "_messages",
        "_peers",
        "_protocol",
        "_text",
        "_transport",
        "audiences",
        "descriptor",
        "direct",
        "holding",
        "is_open",
        "is_paused",
        "screen",
    )

    def __init__(self, gate: Gate, peers: set[Any]) -> None:
        self._gate = gate
        self._counts = gate.hub.counts
        self._peers = peers  # uvicorn's set of connections that it shuts down when it stops
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._protocol: ServerProtocol | None = None
        self._text: bytes | None = None  # what has come of a text message so far
        self._early: bytes | None = None  # what has come while the floor is being loaded
        self._messages = 0
        self._counted_from = 0.0
        self._behind = False
        self.is_open = False
        self.is_paused = False
        self.audiences: tuple[Audience, ...] = ()
        self.descriptor = -1  # the socket's own; the transport closes it when the connection is lost, not before
        self.direct: Audience | None = None  # whose frames may go to the descriptor
        self.holding: tuple[Place, str] | None = None
        self.screen: Subject | None = None

    # Out

    def send(self, frame: bytes) -> None:
        """A slow reader gets nothing until it has drained, then the newest state."""
        if self.is_paused:
            self._behind = True
            self._counts.skipped += 1
        elif self.is_open:
            self._counts.frames += 1
            self._write(frame)

    def deliver(self, audience: Audience, frame: bytes) -> bool:
        if not self.watches(audience):
            return False
        self.send(frame)
        return True

    def is_clear(self, audience: Audience) -> bool:
        """Whether frames may go past the transport, which would only hand them on: nothing waits there to go first."""
        if self._is_clear_for(audience):
            self.direct = audience
            return True
        return False

    def _is_clear_for(self, audience: Audience) -> bool:
        return (
            self.descriptor >= 0
            and self.is_open
            and not self.is_paused
            and self.audiences == (audience,)
            and not self._transport.get_write_buffer_size()
        )

    def finish(self, rest: bytes) -> None:
        """What did not fit into the socket."""
        self._write(rest)

    def _write(self, data: bytes) -> None:
        self.direct = None
        self._transport.write(data)

    def watches(self, audience: Audience) -> bool:
        return self.is_open and audience in self.audiences

    def pause_writing(self) -> None:
        self.is_paused = True
        self._transport.pause_reading()  # else the answers to its pings would pile up

    def resume_writing(self) -> None:
        self.is_paused = False
        self._transport.resume_reading()
        if self._behind:
            self._behind = False
            self._gate.hub.refresh(self)

    def close(self, code: int) -> None:
        if not self.is_open:
            return
        protocol = self._incoming()
        protocol.send_close(code)
        self._flush(protocol)

    def abort(self) -> None:
        self.direct = None
        self._transport.abort()

    # In

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        inner = transport.get_extra_info("socket")
        if inner is not None and transport.get_extra_info("sslcontext") is None:
            self.descriptor = inner.fileno()
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.is_paused = False
        self.direct = None
        self._peers.discard(self)
        self._gate.hub.leave(self)

    def eof_received(self) -> bool | None:
        return None  # the transport closes itself

    def data_received(self, data: bytes) -> None:
        if self._early is not None:
            self._early += data[: max(0, LARGEST_MESSAGE - len(self._early))]
            return  # until the floor is loaded and the handshake answered
        protocol = self._incoming()
        protocol.receive_data(data)
        for event in protocol.events_received():
            if self.is_open and isinstance(event, Frame):
                self._receive(protocol, event)
        self._flush(protocol)

    def _incoming(self) -> ServerProtocol:
        """Most phones never send anything; the memory for it is taken when one does."""
        if self._protocol is None:
            self._protocol = ServerProtocol(state=State.OPEN, logger=log_of_protocol, max_size=LARGEST_MESSAGE)
        return self._protocol

    def _receive(self, protocol: ServerProtocol, frame: Frame) -> None:
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            return
        if frame.opcode is not Opcode.CONT:
            self._text = b"" if frame.opcode is Opcode.TEXT else None
        if self._text is not None:
            self._text += frame.data
        if not frame.fin:
            return
        if not _is_utf8(self._text):
            protocol.fail(CloseCode.INVALID_DATA, "not UTF-8")
        elif self._too_many():
            protocol.fail(CloseCode.POLICY_VIOLATION, "nothing needs to be sent here")
        self._text = None

    def _too_many(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._counted_from > 60:
            self._counted_from, self._messages = now, 0
        self._messages += 1
        return self._messages > MESSAGES_A_MINUTE

    def _flush(self, protocol: ServerProtocol) -> None:
        for data in protocol.data_to_send():
            if data is SEND_EOF:
                self.direct = None
                self._transport.close()
            else:
                self._write(data)
        if self.is_open and protocol.close_expected():
            self.is_open = False
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)

    # The handshake

    def open(self, method: str, target: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """The request, as uvicorn has read it."""
        if not self._gate.hub.admission.admits(asyncio.get_running_loop().time()):
            self._turn_away()
            return
        given = Headers()
        request = Request(target, given, method)
        try:
            for name, value in headers[:MOST_HEADERS]:
                given[name.decode("latin-1")] = value.decode("latin-1")
            if len(headers) > MOST_HEADERS or any(len(value) > LONGEST_HEADER for _, value in headers):
                raise BadHandshake(431, "bad_request")
            asked = self._read(request)
            floor = self._gate.hub.floors.find(asked.place)
            if floor is not None and asked.is_on(floor):
                self._accept(request, asked.on(floor))
            else:
                self._early = b""
                task = asyncio.ensure_future(self._open_when_loaded(request, asked))
                _loading.add(task)
                task.add_done_callback(_loading.discard)
        except InvalidHeaderValue:
            self._reject(request, BadHandshake(400, "bad_request"))
        except Refusal as refusal:
            self._reject(request, refusal)

    async def _open_when_loaded(self, request: Request, asked: Asked) -> None:
        try:
            floor = await self._gate.hub.floors.get(asked.place, asked.label)
            self._accept(request, asked.on(floor))
        except Refusal as refusal:
            self._reject(request, refusal)
        except Unavailable:
            self._reject(request, StreamUnavailable("The database cannot be reached now."))
        early, self._early = self._early, None
        if early and self.is_open and not self._transport.is_closing():
            self.data_received(early)

    def _read(self, request: Request) -> Asked:
        try:
            url = urlsplit(request.path)
        except ValueError:
            raise NotFound("There is no stream at this address.") from None
        if url.path != PATH:
            raise NotFound("There is no stream at this address.")
        if len(request.headers.get_all("Host")) != 1:
            raise BadHandshake(400, "bad_request")
        if request.headers.get_all("Sec-WebSocket-Version") not in ([], [VERSION]):
            raise BadHandshake(426, "upgrade_required")
        origins, hosts = request.headers.get_all("Origin"), request.headers.get_all("Host")
        origin, host = ", ".join(origins), ", ".join(hosts)
        if origins and not self._is_allowed(origin, host):
            raise WrongOrigin("Pages of {origin} may not read this stream.", origin=origin[:80])
        return read_query(url.query, self._gate.hub.floors, self._gate.tokens)

    def _is_allowed(self, origin: str, host: str) -> bool:
        return origin in self._gate.allowed_origins or origin.partition("://")[2].lower() == host.lower()

    def _accept(self, request: Request, subject: Subject) -> None:
        response = self._gate.opening.accept(request)
        status = response.status_code
        if status != 101:
            raise BadHandshake(status, _CODES.get(status, "bad_request"))
        if self._transport.is_closing():
            return
        if self._gate.hub.admission.is_closed:  # meanwhile: its floor had to be loaded
            self._turn_away()
            return
        self._write(response.serialize())
        self.is_open = True
        if self._gate.hub.is_full:
            self._gate.hub.counts.refused += 1
            protocol = self._incoming()
            protocol.send_close(CloseCode.TRY_AGAIN_LATER, "as many connections as this server may hold")
            self._flush(protocol)
            return
        self._transport.set_write_buffer_limits(high=UNSENT_BYTES, low=UNSENT_BYTES // 4)
        self._gate.hub.welcome(self, subject)

    def _turn_away(self) -> None:
        self._counts.refused += 1
        self._transport.write(random.choice(self._gate.turned_away))  # noqa: S311 - chance, no secret
        self._transport.close()

    def _reject(self, request: Request, refusal: Refusal) -> None:
        status, body = self._gate.describe(refusal, _language(request))
        response = self._gate.opening.reject(status, "")
        headers = response.headers
        for name in ("Content-Length", "Content-Type"):
            del headers[name]
        headers["Content-Length"] = str(len(body))
        headers["Content-Type"] = "application/problem+json"
        for name, value in _TOLD_WITH.get(status, {}).items():
            headers[name] = value
        response.body = body
        self._transport.write(response.serialize())
        self._transport.close()


_TOLD_WITH = {
    405: {"Allow": "GET"},
    426: {"Upgrade": "websocket", "Sec-WebSocket-Version": VERSION},
    503: {"Retry-After": "2"},
}
_CODES = {405: "method_not_allowed", 426: "upgrade_required"}


def _language(request: Request) -> str:
    return ", ".join(request.headers.get_all("Accept-Language"))


_loading: set[asyncio.Future[None]] = set()


def _is_utf8(text: bytes | None) -> bool:
    try:
        return text is None or text.decode() is not None
    except UnicodeDecodeError:
        return False
