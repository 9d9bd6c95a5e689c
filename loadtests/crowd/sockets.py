"""A WebSocket for greenlets: the `websockets` library's sans-I/O protocol over a socket of gevent's."""

from __future__ import annotations

import time
from collections import deque

from gevent import socket, ssl
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

LARGEST = 1 << 24  # bytes of a frame: a queue of a hundred thousand single runs
READ = 1 << 16


class Refused(Exception):
    """The handshake was answered, and not with 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the stream answered {status}")
        self.status = status


class Ended(Exception):
    """The connection is over; `code` is the server's, if it said one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}" if code else "the connection broke")
        self.code = code


class WebSocket:
    """Raises OSError, Refused or Ended."""

    def __init__(self, address: str, patience: float) -> None:
        uri = parse_uri(address)
        self._protocol = ClientProtocol(uri, max_size=LARGEST)
        self._texts: deque[bytes] = deque()
        self._socket = socket.create_connection((uri.host, uri.port), timeout=patience)
        try:
            if uri.secure:
                context = ssl._create_unverified_context()  # as Locust's own client: what is tested may sign itself
                self._socket = context.wrap_socket(self._socket, server_hostname=uri.host)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._greet(patience)
        except BaseException:
            self._socket.close()
            raise

    def _greet(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        self._protocol.send_request(self._protocol.connect())
        self._flush()
        while not self._protocol.handshake_exc and self._protocol.state.name == "CONNECTING":
            self._receive(deadline)
        error = self._protocol.handshake_exc
        if isinstance(error, InvalidStatus):
            raise Refused(error.response.status_code)
        if isinstance(error, InvalidHandshake):
            raise Ended(None)
        if error is not None:
            raise ConnectionError(str(error))

    def read(self, patience: float) -> bytes | None:
        """The next text; None when none came in time. What has arrived already comes without waiting."""
        deadline = time.monotonic() + patience
        while not self._texts:
            try:
                self._receive(deadline)
            except TimeoutError:
                return None
        return self._texts.popleft()

    @property
    def has_more(self) -> bool:
        """Whether `read` has something at once."""
        return bool(self._texts)

    def _receive(self, deadline: float) -> None:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        received = self._socket.recv(READ)
        if not received:
            raise Ended(self._protocol.close_code)
        self._protocol.receive_data(received)
        self._flush()
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                continue
            assert isinstance(event, Frame)
            if event.opcode is Opcode.TEXT:
                self._texts.append(bytes(event.data))
            elif event.opcode is Opcode.CLOSE:
                raise Ended(self._protocol.close_code)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def cut(self) -> None:
        """As when a phone leaves the network: without a goodbye."""
        self._socket.close()
