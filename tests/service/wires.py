"""WebSocket by hand: every byte is the test's own, so that it can also be a wrong one. § is of RFC 6455."""

import base64
import contextlib
import hashlib
import json
import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

PATIENCE = 40.0  # seconds for whatever is waited for; a tick comes every 25
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Ended:
    """How the server ended it: the close frame's code and reason, or None where the connection simply ended."""

    code: int | None
    reason: str = ""


def frame(
    opcode: int, data: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, length: int | None = None
) -> bytes:
    """§5.2; `length` lies about the payload's."""
    size = len(data) if length is None else length
    first, mask_bit = (fin << 7) | (rsv << 4) | opcode, 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask_bit | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, size)
    if not masked:
        return head + data
    key = os.urandom(4)
    stream = key * (len(data) // 4 + 1)
    return head + key + bytes(byte ^ mask for byte, mask in zip(data, stream, strict=False))


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


def handshake(
    query: str,
    *,
    method: str = "GET",
    version: str = "HTTP/1.1",
    headers: Mapping[str, str | None] | None = None,
    more: bytes = b"",
) -> bytes:
    """§4.1; a header that is None is left out. `more`: whole header lines, as they are."""
    known: dict[str, str | None] = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(b"sixteen bytes ok").decode(),
        "Sec-WebSocket-Version": "13",
    }
    lines = [f"{name}: {value}" for name, value in {**known, **(headers or {})}.items() if value is not None]
    target = query if query.startswith(("/", "http")) else f"/stream?{query}"
    return "\r\n".join([f"{method} {target} {version}", *lines, ""]).encode("latin-1") + more + b"\r\n"


class Wire:
    def __init__(self, port: int, *, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self._unread = b""

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.socket.sendall(part)

    def open(self, query: str, **how: Any) -> Self:
        """Through the handshake; the first frames are still unread."""
        self.send(handshake(query, **how))
        reply = self.reply()
        assert reply.status == 101, reply
        return self

    def reply(self) -> Reply:
        head, _, rest = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        self._unread = rest
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Reply(int(first.split()[1]), headers, self._exactly(int(headers.get("content-length", 0))))

    def read_frame(self) -> tuple[int, bytes]:
        """Opcode and payload. Raises EOFError at the end, and AssertionError for a frame that no server may send."""
        first, second = self._exactly(2)
        assert not second & 0x80, "a server must not mask (§5.1)"
        assert not first & 0x70, "no extension was agreed on (§5.2)"
        assert first & 0x80, "our frames are not fragmented"
        size = second
        if second == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif second == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return first & 0x0F, self._exactly(size)

    def read(self, kind: str = "queue") -> dict[str, Any]:
        """The next message of this type; ticks that come meanwhile do not renew our patience."""
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, f"there was no {kind}"
            opcode, payload = self.read_frame()
            assert opcode == TEXT, (opcode, payload)
            message: dict[str, Any] = json.loads(payload)
            if message["type"] == kind:
                return message

    def is_alive(self) -> bool:
        """Whether a ping is still answered; messages on the way are read over."""
        mark = os.urandom(8)
        self.send(frame(PING, mark))
        while True:
            opcode, payload = self.read_frame()
            if opcode == PONG and payload == mark:
                return True
            if opcode == CLOSE:
                return False

    def ended(self) -> Ended:
        """Answers the server's goodbye, if there is one, and reads until the connection is over."""
        end = Ended(None)
        with contextlib.suppress(EOFError, ConnectionError):
            while True:
                opcode, payload = self.read_frame()
                if opcode == CLOSE and payload:
                    end = Ended(struct.unpack("!H", payload[:2])[0], payload[2:].decode())
                elif opcode == CLOSE:
                    end = Ended(1005)
                if opcode == CLOSE:
                    self.send(frame(CLOSE, payload[:2]))
        return end

    def is_cut(self) -> bool:
        """Whether the server ends the connection before anybody's patience does, whatever it says first."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    def reset(self) -> None:
        """Ends without a goodbye: RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            self._more()
        data, self._unread = self._unread, b""
        return data

    def _exactly(self, size: int) -> bytes:
        while len(self._unread) < size:
            self._more()
        data, self._unread = self._unread[:size], self._unread[size:]
        return data

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError
        self._unread += data

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def accept_of(key: str) -> str:
    """§4.2.2."""
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()  # noqa: S324 - the RFC's choice
