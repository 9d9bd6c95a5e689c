"""The sockets at which newcomers arrive, alone or one for each of several workers."""

from __future__ import annotations

import ctypes
import socket
import struct
from contextlib import suppress

KERNEL_BYTES = 16 * 1024  # of what is not sent yet, doubled by the kernel: what a reader who has stopped may hold there
DEAD_SECONDS = 60  # a peer that acknowledges nothing for so long is gone

_SO_ATTACH_FILTER = 26  # Linux's; Python has no name for it
_DROP_SYN = (  # a classic BPF program: op, jump if true, jump if false, operand
    (0x30, 0, 0, 13),  # load the byte of TCP flags
    (0x45, 0, 1, 0x02),  # is SYN among them?
    (0x06, 0, 0, 0),  # then drop the packet
    (0x06, 0, 0, 0xFFFFFFFF),  # else keep the whole of it
)


def listening_socket(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """Bound, and deaf until a server listens at it. Raises OSError when the port is taken.

    `is_shared`: with others that are so too; the kernel deals newcomers out among those at which somebody listens.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if is_shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    # What follows is inherited by every connection.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def free_port(host: str, port: int) -> int:
    """The same, or one that is free for 0. Raises OSError when it is taken, by sockets that would share it too."""
    with listening_socket(host, port) as probe:
        found: int = probe.getsockname()[1]
        return found


def turn_deaf(sock: socket.socket) -> None:
    """Whoever has connected by now can still be taken; a newcomer finds nobody, and asks again until it is refused.

    Closing a socket at which newcomers wait would break connections that they take for made.
    """
    program = b"".join(struct.pack("HBBI", *step) for step in _DROP_SYN)
    steps = ctypes.create_string_buffer(program, len(program))
    with suppress(OSError):  # not Linux: then a few connections may break
        sock.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(_DROP_SYN), ctypes.addressof(steps))
        )
