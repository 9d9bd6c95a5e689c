"""What a client may send, and what it gets for what it may not, beside a neighbour who must notice nothing."""

import socket
import struct
from collections.abc import Iterator

import pytest

from tests.service.offices import Office
from tests.service.wires import BINARY, CLOSE, CONT, PING, PONG, TEXT, Ended, Wire, close_frame, frame

LARGEST = 1024


@pytest.fixture(scope="module")
def query(office: Office) -> str:
    return f"branch={next(office.branches)}&queue=umum"


@pytest.fixture(scope="module")
def neighbour(office: Office, query: str) -> Iterator[Wire]:
    with Wire(office.port).open(query) as wire:
        yield wire


@pytest.fixture
def wire(office: Office, query: str, neighbour: Wire) -> Iterator[Wire]:
    """A connection that a test may ruin; whoever sits beside it stays connected."""
    with Wire(office.port).open(query) as ruined:
        ruined.read()
        yield ruined
    assert neighbour.is_alive()


HARMLESS = {
    "text": [frame(TEXT, b"halo")],
    "empty text": [frame(TEXT)],
    "binary that is no UTF-8": [frame(BINARY, b"\xff\xfe\x00")],
    "a message as large as allowed": [frame(TEXT, b"a" * LARGEST)],
    "the largest in two fragments": [frame(TEXT, b"a" * (LARGEST - 1), fin=False), frame(CONT, b"a")],
    "a letter cut in two by fragments": [frame(TEXT, b"\xe2\x82", fin=False), frame(CONT, b"\xac")],
    "empty fragments": [frame(TEXT, fin=False), frame(CONT, fin=False), frame(CONT)],
    "a pong that nobody asked for": [frame(PONG, b"hm")],
    "an empty pong": [frame(PONG)],
    "JSON that looks like a command": [frame(TEXT, b'{"type":"queue","seq":999}')],
    "text of NULs": [frame(TEXT, b"\x00" * 16)],
    "ten messages within a minute": [frame(TEXT, b"x")] * 10,
    "one frame byte by byte": [bytes([byte]) for byte in frame(TEXT, b"pelan")],
}

FATAL = {
    "text that is no UTF-8": ([frame(TEXT, b"\xc3\x28")], 1007),
    "a lone surrogate": ([frame(TEXT, b"\xed\xa0\x80")], 1007),
    "an overlong slash": ([frame(TEXT, b"\xc0\xaf")], 1007),
    "text that ends within a letter": ([frame(TEXT, b"\xe2\x82")], 1007),
    "bad UTF-8 in the second fragment": ([frame(TEXT, b"a", fin=False), frame(CONT, b"\xff")], 1007),
    "reserved bit 1, and no extension": ([frame(TEXT, b"a", rsv=4)], 1002),
    "reserved bit 2": ([frame(TEXT, b"a", rsv=2)], 1002),
    "reserved bit 3": ([frame(TEXT, b"a", rsv=1)], 1002),
    "a reserved bit on a ping": ([frame(PING, b"a", rsv=4)], 1002),
    "an unmasked message": ([frame(TEXT, b"a", masked=False)], 1002),
    "an unmasked ping": ([frame(PING, masked=False)], 1002),
    "a message one byte too large": ([frame(TEXT, b"a" * (LARGEST + 1))], 1009),
    "fragments that are too large together": ([frame(TEXT, b"a" * LARGEST, fin=False), frame(CONT, b"a")], 1009),
    "the announcement of four gigabytes": ([frame(TEXT, length=2**32)], 1009),
    "a fragmented ping": ([frame(PING, b"a", fin=False)], 1002),
    "a fragmented close": ([frame(CLOSE, b"\x03\xe8", fin=False)], 1002),
    "a ping of 126 bytes": ([frame(PING, b"a" * 126)], 1002),
    "a close of 126 bytes": ([frame(CLOSE, b"\x03\xe8" + b"a" * 124)], 1002),
    "a continuation of nothing": ([frame(CONT, b"a")], 1002),
    "a message within a message": ([frame(TEXT, b"a", fin=False), frame(TEXT, b"b")], 1002),
    "a close of one byte": ([frame(CLOSE, b"\x03")], 1002),
    "a close with a reason that is no UTF-8": ([close_frame(1000, b"\xff")], 1007),
    "a close within a message": ([frame(TEXT, b"a", fin=False), close_frame(1000)], 1002),
    "an eleventh message within a minute": ([frame(TEXT, b"x")] * 11, 1008),
    "eleven messages in one segment": ([frame(TEXT, b"x") * 11], 1008),
    "an eleventh message, fragmented": ([frame(TEXT, b"x")] * 10 + [frame(TEXT, b"x", fin=False), frame(CONT)], 1008),
    **{f"opcode {opcode:#x}": ([frame(opcode, b"a")], 1002) for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)},
}

NO_CODES = (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
GOOD_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)


@pytest.mark.parametrize("what", HARMLESS)
def test_a_client_may_send(wire: Wire, what: str) -> None:
    wire.send(*HARMLESS[what])
    assert wire.is_alive()


@pytest.mark.parametrize("what", FATAL)
def test_a_client_is_closed_for(wire: Wire, what: str) -> None:
    parts, code = FATAL[what]
    wire.send(*parts)
    assert wire.ended().code == code


def test_a_megabyte_is_refused_by_its_announcement(wire: Wire) -> None:
    wire.send(frame(TEXT, b"a" * 1_000_000)[:4096])
    assert wire.ended().code == 1009


@pytest.mark.parametrize("code", NO_CODES)
def test_a_close_with_a_code_that_does_not_exist_is_a_fault(wire: Wire, code: int) -> None:
    wire.send(close_frame(code))
    assert wire.ended().code == 1002


@pytest.mark.parametrize("code", GOOD_CODES)
def test_a_close_is_answered_with_its_own_code(wire: Wire, code: int) -> None:
    wire.send(close_frame(code, b"sampai jumpa"))
    assert wire.ended() == Ended(code, "sampai jumpa")


def test_an_empty_close_is_answered_with_an_empty_one(wire: Wire) -> None:
    wire.send(frame(CLOSE))
    assert wire.read_frame() == (CLOSE, b"")
    assert wire.ended() == Ended(None)


def test_nothing_is_answered_after_a_close(wire: Wire) -> None:
    wire.send(close_frame(1000) + frame(PING, b"too late"))
    assert wire.read_frame() == (CLOSE, struct.pack("!H", 1000))
    with pytest.raises((EOFError, ConnectionError)):
        wire.read_frame()


@pytest.mark.parametrize("data", [b"", b"hi", b"\xff\x00", b"a" * 125], ids=["empty", "short", "odd", "longest"])
def test_a_ping_is_answered_with_what_it_said(wire: Wire, data: bytes) -> None:
    wire.send(frame(PING, data))
    assert wire.read_frame() == (PONG, data)


def test_a_ping_between_two_fragments_is_answered_at_once(wire: Wire) -> None:
    wire.send(frame(TEXT, b"a", fin=False), frame(PING, b"between"))
    assert wire.read_frame() == (PONG, b"between")
    wire.send(frame(CONT, b"b"))
    assert wire.is_alive()


def test_pings_are_answered_in_their_order(wire: Wire) -> None:
    wire.send(b"".join(frame(PING, bytes([n])) for n in range(50)))
    assert [wire.read_frame() for _ in range(50)] == [(PONG, bytes([n])) for n in range(50)]


def test_a_masked_key_of_zeros_is_a_key(wire: Wire) -> None:
    wire.send(struct.pack("!BB", 0x80 | PING, 0x80 | 2) + b"\0\0\0\0ok")
    assert wire.read_frame() == (PONG, b"ok")


def test_half_a_connection_is_no_connection(wire: Wire) -> None:
    """A client that has closed its side gets nothing more: it could not answer a ping."""
    wire.socket.shutdown(socket.SHUT_WR)
    assert wire.is_cut()
