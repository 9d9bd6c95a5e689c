"""The network that goes wrong on demand does what it is told, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import Messages, Proxy
from tests.redis import Redis

NOWHERE = 9  # a port where nobody listens
LINE = b"nomor A-001 ke loket 3\n"


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says again what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while not ended.is_set():
                connection, _ = listener.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    ended.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def answer(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(65536):
            connection.sendall(data)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy(echo) as running:
        yield running


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def exactly(client: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := client.recv(size - len(got))):
        got += more
    return got


def echoed(client: socket.socket, data: bytes = LINE) -> bytes:
    client.sendall(data)
    return exactly(client, len(data))


def hears_nothing(client: socket.socket, seconds: float = 0.3) -> bool:
    client.settimeout(seconds)
    try:
        return client.recv(1) is None
    except TimeoutError:
        return True
    finally:
        client.settimeout(20)


def test_without_a_fault_everything_passes_as_it_is(client: socket.socket, proxy: Proxy) -> None:
    data = bytes(range(256)) * 400
    sender = threading.Thread(target=client.sendall, args=(data,))
    sender.start()
    assert exactly(client, len(data)) == data
    sender.join()
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""  # what has passed is counted just after, and before the end passes
    assert (proxy.up.passed, proxy.down.passed) == (len(data), len(data))


def test_the_end_of_a_connection_passes_too(client: socket.socket) -> None:
    client.sendall(LINE)
    client.shutdown(socket.SHUT_WR)
    assert exactly(client, 1000) == LINE


def test_latency_delays_each_way_and_keeps_the_order(client: socket.socket, proxy: Proxy) -> None:
    proxy.up.latency = proxy.down.latency = 0.15
    proxy.down.jitter = 0.1
    begun = time.monotonic()
    lines = [b"%d\n" % n for n in range(10)]
    for line in lines:
        client.sendall(line)
        time.sleep(0.01)
    assert exactly(client, 20) == b"".join(lines)
    assert time.monotonic() - begun > 0.19


def test_a_narrow_link_takes_its_time(client: socket.socket, proxy: Proxy) -> None:
    proxy.down.rate = 2000
    begun = time.monotonic()
    assert echoed(client, b"a" * 1000) == b"a" * 1000
    assert time.monotonic() - begun > 0.45


def test_one_byte_at_a_time_is_still_every_byte(client: socket.socket, proxy: Proxy) -> None:
    proxy.up.slice = proxy.down.slice = 1
    assert echoed(client, LINE * 20) == LINE * 20


def test_a_black_hole_holds_everything_until_it_is_over(client: socket.socket, proxy: Proxy) -> None:
    assert echoed(client) == LINE
    proxy.stop()
    client.sendall(LINE)
    assert hears_nothing(client)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as newcomer:
        newcomer.sendall(LINE)
        assert hears_nothing(newcomer)
        proxy.resume()
        assert exactly(client, len(LINE)) == LINE
        assert exactly(newcomer, len(LINE)) == LINE


def test_a_black_hole_one_way_lets_the_other_way_through(client: socket.socket, proxy: Proxy) -> None:
    proxy.down.is_stopped = True
    client.sendall(LINE)
    assert hears_nothing(client)
    assert proxy.up.passed == len(LINE)
    assert proxy.down.passed == 0


def test_a_reset_is_a_reset_at_the_client(client: socket.socket, proxy: Proxy) -> None:
    assert echoed(client) == LINE
    assert proxy.reset() == 1
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_so_many_connections_are_reset_as_are_asked_for(proxy: Proxy) -> None:
    clients = [socket.create_connection(("127.0.0.1", proxy.port), timeout=20) for _ in range(5)]
    assert [echoed(client) for client in clients] == [LINE] * 5
    assert proxy.reset(2) == 2
    gone = sum(not hears_nothing_or_reset(client) for client in clients)
    assert gone == 2
    for client in clients:
        client.close()


def hears_nothing_or_reset(client: socket.socket) -> bool:
    try:
        return hears_nothing(client)
    except ConnectionResetError:
        return False


def test_a_cut_comes_after_so_many_bytes(client: socket.socket, proxy: Proxy) -> None:
    proxy.down.cut_after = 7
    client.sendall(LINE)
    assert exactly(client, 7) == LINE[:7]
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as again:
        assert echoed(again) == LINE


def test_new_connections_are_refused_while_the_old_go_on(client: socket.socket, proxy: Proxy) -> None:
    assert echoed(client) == LINE
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", proxy.port), timeout=20)
    assert echoed(client) == LINE
    proxy.accept()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as again:
        assert echoed(again) == LINE


def test_a_server_that_is_not_there_is_a_reset(proxy: Proxy) -> None:
    proxy.target = NOWHERE
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as client:
        client.recv(1)


SUBSCRIBED = b"*3\r\n$9\r\nsubscribe\r\n$5\r\nfault\r\n:1\r\n"
PUBLISHED = b"*3\r\n$7\r\nmessage\r\n$3\r\nruu\r\n$8\r\nA-1\r\nB-2\r\n"
OTHERS = (b"+PONG\r\n", b":12\r\n", b"$-1\r\n", b"*0\r\n", b"%1\r\n+a\r\n*2\r\n:1\r\n$1\r\nx\r\n", b"-ERR no\r\n")


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_what_a_redis_says_is_cut_into_its_values(size: int) -> None:
    said = [PUBLISHED, *OTHERS, PUBLISHED.replace(b"*3", b">3")]
    stream, messages = b"".join(said), Messages()
    heard = [value for at in range(0, len(stream), size) for value in messages.whole(stream[at : at + size])]
    assert heard == said


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_only_published_messages_are_dropped(redis: Redis, share: float) -> None:
    with Proxy(redis.port, messages=True) as proxy:
        proxy.down.drops = share
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as client:
            client.sendall(b"*2\r\n$9\r\nSUBSCRIBE\r\n$5\r\nfault\r\n")
            assert exactly(client, len(SUBSCRIBED)) == SUBSCRIBED
            for n in range(200):
                assert redis.ask("PUBLISH", "fault", f"{n:03d}") == "1"
            client.sendall(b"*1\r\n$4\r\nPING\r\n")
            heard = b""
            while b"pong" not in heard:
                heard += client.recv(65536)
        assert heard.count(b"message") == 200 - proxy.down.dropped
        assert proxy.down.dropped == pytest.approx(200 * share, abs=30)
