"""Whoever connects and then does not speak to the end is given up, and costs nobody else anything."""

import selectors
import socket
import time
from collections.abc import Iterator

import pytest

from tests.faults.offices import Workers, running_workers
from tests.service.meters import open_files
from tests.service.plans import a_branch
from tests.service.wires import PING, Wire, frame, handshake

SHORT = "set=queue_service.server:HEADERS_SECONDS:2 set=queue_service.server:BODY_SECONDS:3"  # in life ten and twenty
GIVEN_UP_SECONDS = 60  # for a busy machine
SILENT = 100
HALF_A_BODY = (
    b"POST /api/v1/branches/balai/tickets HTTP/1.1\r\nHost: x\r\n"
    b'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"queue'
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    with running_workers(tmp_path_factory.mktemp("patience"), [a_branch("balai")], faults=[SHORT]) as running:
        yield running


def unfinished(port: int) -> dict[str, Wire]:
    """One connection for each way of not coming to the end of a request."""
    beginnings = {
        "nothing at all": b"",
        "half a request line": b"GET /healthz HT",
        "half the headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        "half a handshake": handshake("branch=balai")[:-2],
        "an endless header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 4000,
        "half a body": HALF_A_BODY,
        "a second request that stops": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHo",
    }
    wires = {}
    for what, beginning in beginnings.items():
        wires[what] = Wire(port)
        wires[what].send(beginning)
    late = {"a second request that is slow": b"GET /healthz HTTP/1.1\r\nHo", "only a line's end": b"\r\n"}
    for what, more in late.items():
        wires[what] = Wire(port)
        wires[what].send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wires[what].reply().status == 200
        wires[what].send(more)
    return wires


def test_requests_that_never_end_are_given_up_while_the_others_go_on(office: Workers) -> None:
    baseline = open_files(office.servers[0].process.pid)
    waiting = unfinished(office.ports[0])
    waiting |= {f"silent {n}": Wire(office.ports[0]) for n in range(SILENT)}
    with Wire(office.ports[0]).open("branch=balai") as neighbour:
        assert neighbour.is_alive()
        left = until_given_up(waiting)
        assert left == []
        assert neighbour.is_alive()
    print(f"\ngiven up {len(waiting)}, files open {open_files(office.servers[0].process.pid)} as {baseline} before")
    # Its readers may have opened the database meanwhile, which is a few files each.
    assert open_files(office.servers[0].process.pid) < baseline + len(waiting) / 4


def until_given_up(waiting: dict[str, Wire]) -> list[str]:
    """Whom the server still holds when our own patience ends."""
    deadline = time.monotonic() + GIVEN_UP_SECONDS
    left = dict(waiting)
    with selectors.DefaultSelector() as selector:
        for what, wire in waiting.items():
            wire.socket.setblocking(False)
            selector.register(wire.socket, selectors.EVENT_READ, what)
        while left and (patience := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(patience):
                assert isinstance(key.fileobj, socket.socket)
                if has_ended(key.fileobj):
                    selector.unregister(key.fileobj)
                    left.pop(key.data).close()
    for wire in left.values():
        wire.close()
    return list(left)


def has_ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(65536)
    except ConnectionError:
        return True


@pytest.mark.slow
def test_an_open_stream_outlives_the_time_for_a_handshake(office: Workers) -> None:
    with Wire(office.ports[0]).open("branch=balai") as wire:
        assert wire.read("tick")["at"]
        assert wire.read("tick")["at"]
        wire.send(frame(PING, b"still here"))
        assert wire.is_alive()
