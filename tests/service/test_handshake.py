"""The way into the stream: who is let in, and what the others are told, down to the bytes."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.meters import metrics
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import PATIENCE, PING, PONG, Reply, Wire, accept_of, close_frame, frame, handshake

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # of RFC 6455 §1.3


@pytest.fixture(scope="module")
def query(office: Office) -> str:
    return f"branch={next(office.branches)}&queue=umum"


def answer_to(office: Office, request: bytes) -> Reply:
    with Wire(office.port) as wire:
        wire.send(request)
        return wire.reply()


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.headers.get("content-type")) == (status, "application/problem+json")
    assert (reply.json["status"], reply.json["code"]) == (status, code)
    assert reply.json["title"]
    assert reply.json["detail"]


# Let in


def test_the_answer_to_the_handshake_is_the_rfc_s(office: Office, query: str) -> None:
    reply = answer_to(office, handshake(query, headers={"Sec-WebSocket-Key": KEY}))
    assert reply.status == 101
    assert reply.headers["upgrade"].lower() == "websocket"
    assert reply.headers["connection"].lower() == "upgrade"
    assert reply.headers["sec-websocket-accept"] == accept_of(KEY) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_compression_and_subprotocols_are_not_agreed_to(office: Office, query: str) -> None:
    offers = {"Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Protocol": "chat, superchat"}
    reply = answer_to(office, handshake(query, headers=offers))
    assert reply.status == 101
    assert not {"sec-websocket-extensions", "sec-websocket-protocol"} & set(reply.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": "WebSocket"},
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
        {"Origin": None},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://antrean.example", "Host": "antrean.example"},
        {"Origin": "https://antrean.example:8443", "Host": "Antrean.Example:8443"},
    ],
)
def test_a_handshake_may_be_written_as(office: Office, query: str, headers: dict[str, str | None]) -> None:
    assert answer_to(office, handshake(query, headers=headers)).status == 101


def test_the_handshake_may_come_byte_by_byte(office: Office, query: str) -> None:
    with Wire(office.port) as wire:
        wire.send(*(bytes([byte]) for byte in handshake(query)))
        assert wire.reply().status == 101
        assert wire.read()["queue"] == "umum"


def test_the_first_frame_may_come_with_the_handshake(office: Office, query: str) -> None:
    with Wire(office.port) as wire:
        wire.send(handshake(query) + frame(PING, b"early"))
        assert wire.reply().status == 101
        frames = [wire.read_frame() for _ in range(2)]
    assert (PONG, b"early") in frames


def test_half_of_the_first_frame_may_come_with_the_handshake(office: Office, query: str) -> None:
    early = frame(PING, b"in two parts")
    with Wire(office.port) as wire:
        wire.send(handshake(query) + early[:5])
        assert wire.reply().status == 101
        wire.send(early[5:])
        assert (PONG, b"in two parts") in [wire.read_frame() for _ in range(2)]


@pytest.mark.parametrize("cut", [None, 3, 9], ids=["whole", "cut in the head", "cut in the payload"])
def test_the_first_frame_may_come_with_the_handshake_to_a_branch_that_nobody_has_asked_for(
    office: Office, branch: str, cut: int | None
) -> None:
    """Its floor must be read from the journal first; what comes meanwhile waits."""
    early = frame(PING, b"early")
    with Wire(office.port) as wire:
        wire.send(handshake(f"branch={branch}&queue=umum") + early[:cut])
        assert wire.reply().status == 101
        wire.send(early[cut:] if cut else b"")
        assert (PONG, b"early") in [wire.read_frame() for _ in range(2)]


def test_a_goodbye_may_come_with_the_handshake(office: Office, branch: str) -> None:
    with Wire(office.port) as wire:
        wire.send(handshake(f"branch={branch}") + close_frame(1000))
        assert wire.reply().status == 101
        assert wire.ended().code == 1000


# Told no


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("ticket=nobody", 404, "not_found"),
        ("ticket=", 404, "not_found"),
        ("ticket=" + "A" * 5000, 404, "not_found"),
        ("ticket=%00", 404, "not_found"),
        ("branch=nowhere", 404, "not_found"),
        ("branch={branch}&queue=nothing", 404, "not_found"),
        ("branch={branch}&queue=", 404, "not_found"),
        ("", 422, "invalid"),
        ("queue=umum", 422, "invalid"),
        ("branch={branch}&ticket=x", 422, "invalid"),
        ("branch={branch}&branch={branch}", 422, "invalid"),
        ("branch={branch}&color=red", 422, "invalid"),
        ("branch", 422, "invalid"),
        ("branch=%FF", 422, "invalid"),
        ("branch=%ED%A0%80", 422, "invalid"),
        ("&".join(f"a{n}=1" for n in range(50)), 422, "invalid"),
    ],
)
def test_before_the_upgrade_a_query_is_refused(office: Office, query: str, status: int, code: str, branch: str) -> None:
    assert_problem(answer_to(office, handshake(query.replace("{branch}", branch))), status, code)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://127.0.0.1.evil.example",
        "http://evil.example/127.0.0.1",
        "http://127.0.0.1:1",
    ],
)
def test_a_foreign_page_is_refused(office: Office, query: str, origin: str) -> None:
    assert_problem(answer_to(office, handshake(query, headers={"Origin": origin})), 403, "wrong_origin")


def test_an_origin_of_odd_bytes_is_refused(office: Office, query: str) -> None:
    request = handshake(query, more=b"Origin: http://\xff\xfe\x80.example\r\n")
    assert_problem(answer_to(office, request), 403, "wrong_origin")


@pytest.mark.parametrize("target", ["/streams", "/stream/", "/api/v1/stream", "//stream", "/stream%00", "/STREAM"])
def test_at_another_address_there_is_no_stream(office: Office, target: str) -> None:
    assert_problem(answer_to(office, handshake(target)), 404, "not_found")


def test_another_version_of_the_protocol_is_told_which_one_it_is(office: Office, query: str) -> None:
    """§4.4: 426, and the version that is spoken here."""
    reply = answer_to(office, handshake(query, headers={"Sec-WebSocket-Version": "8"}))
    assert (reply.status, reply.headers.get("sec-websocket-version")) == (426, "13")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": "not base64 at all!!!!!!!"},
        {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==AAAA"},
        {"Sec-WebSocket-Version": None},
    ],
)
def test_a_handshake_that_lacks_something_is_a_bad_request(
    office: Office, query: str, headers: dict[str, str | None]
) -> None:
    assert_problem(answer_to(office, handshake(query, headers=headers)), 400, "bad_request")


def test_only_get_opens_a_stream(office: Office, query: str) -> None:
    reply = answer_to(office, handshake(query, method="POST", headers={"Content-Length": "0"}))
    assert_problem(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "GET"


def test_http_1_0_opens_no_stream(office: Office, query: str) -> None:
    """§4.1: at least HTTP/1.1."""
    assert answer_to(office, handshake(query, version="HTTP/1.0")).status in (400, 426, 505)


def test_the_stream_asked_for_without_an_upgrade_says_what_is_required(office: Office, query: str) -> None:
    reply = answer_to(office, handshake(query, headers={"Upgrade": None, "Connection": None}))
    assert_problem(reply, 426, "upgrade_required")
    assert reply.headers["upgrade"].lower() == "websocket"


TWICE = {
    "origin": (b"Origin: http://127.0.0.1\r\nOrigin: https://evil.example\r\n", (400, 403)),
    "host": (b"Host: evil.example\r\nOrigin: https://evil.example\r\n", (400,)),
    "key": (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", (400,)),
    "version": (b"Sec-WebSocket-Version: 13\r\n", (400, 426)),
    "language": (b"Accept-Language: en\r\nAccept-Language: id\r\n", (101,)),
}


@pytest.mark.parametrize("what", TWICE)
def test_a_header_that_stands_twice_gets_an_answer(office: Office, query: str, what: str) -> None:
    more, statuses = TWICE[what]
    assert answer_to(office, handshake(query, more=more)).status in statuses


def test_a_refusal_in_two_languages_is_a_refusal(office: Office) -> None:
    request = handshake("branch=nowhere", more=TWICE["language"][0])
    assert_problem(answer_to(office, request), 404, "not_found")


@pytest.mark.parametrize("target", ["//[/stream?branch=x", "http://[/stream?branch=x", "http://[::1/stream?branch=x"])
def test_an_address_that_is_none_gets_an_answer(office: Office, target: str) -> None:
    assert answer_to(office, handshake(target)).status in (400, 404)


def test_headers_larger_than_any_that_are_needed_are_refused(office: Office, query: str) -> None:
    assert answer_to(office, handshake(query, headers={"X-Long": "a" * 20_000})).status == 431


def test_more_headers_than_any_that_are_needed_are_refused(office: Office, query: str) -> None:
    many = {f"X-{n}": "a" for n in range(500)}
    assert answer_to(office, handshake(query, headers=many)).status == 431


def test_the_refusal_speaks_the_language_asked_for(office: Office) -> None:
    english = answer_to(office, handshake("branch=nowhere", headers={"Accept-Language": "en"})).json["detail"]
    indonesian = answer_to(office, handshake("branch=nowhere")).json["detail"]
    assert english == "There is no branch “nowhere”."
    assert "nowhere" in indonesian
    assert indonesian != english


# Settings


@pytest.fixture(scope="module")
def small_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Three streams at most, and one foreign site whose pages may read them."""
    env = {"ANTREAN_MAX_CONNECTIONS": "3", "ANTREAN_ALLOWED_ORIGINS": "https://pasien.example, https://lain.example/"}
    folder: Path = tmp_path_factory.mktemp("small")
    with running_office(folder, [a_branch("balai")], env) as office:
        yield office


@pytest.mark.parametrize("origin", ["https://pasien.example", "https://lain.example"])
def test_a_page_of_an_allowed_site_is_let_in(small_office: Office, origin: str) -> None:
    assert answer_to(small_office, handshake("branch=balai", headers={"Origin": origin})).status == 101


@pytest.mark.parametrize(
    "origin", ["http://pasien.example", "https://pasien.example:444", "https://pasien.example.evil"]
)
def test_a_page_of_a_site_that_looks_allowed_is_refused(small_office: Office, origin: str) -> None:
    assert_problem(answer_to(small_office, handshake("branch=balai", headers={"Origin": origin})), 403, "wrong_origin")


def test_a_full_server_says_try_again_later_and_keeps_those_it_has(small_office: Office) -> None:
    inside = [Wire(small_office.port).open("branch=balai") for _ in range(3)]
    with Wire(small_office.port).open("branch=balai") as one_too_many:
        assert one_too_many.ended().code == 1013
    assert all(wire.is_alive() for wire in inside)
    inside.pop().send(close_frame(1000))
    for _ in range(50):
        with Wire(small_office.port).open("branch=balai") as follower:
            if follower.is_alive():
                break
    else:
        pytest.fail("The place of somebody who left was never free again.")
    for wire in inside:
        wire.close()


def test_a_herd_is_let_in_little_by_little(tmp_path: Path) -> None:
    herd = 200  # would take 40 seconds
    with running_office(tmp_path, [a_branch("balai")], {"ANTREAN_HANDSHAKES_A_SECOND": "5"}) as office:
        wires = [Wire(office.port) for _ in range(herd)]
        for wire in wires:
            wire.send(handshake("branch=balai"))
        turned_away = [reply for wire in wires if (reply := wire.reply()).status != 101]
        assert 0 < len(turned_away) <= herd - 5
        for reply in turned_away:
            assert_problem(reply, 503, "unavailable")
        assert {int(reply.headers["retry-after"]) for reply in turned_away} == {1, 2, 3, 4, 5}
        assert metrics(office.port)["antrean_connections_refused_total"] == len(turned_away)
        until = time.monotonic() + PATIENCE
        while answer_to(office, handshake("branch=balai")).status != 101:
            assert time.monotonic() < until
            time.sleep(0.1)
        for wire in wires:
            wire.close()


def test_a_server_that_stops_says_that_it_goes_away(small_office: Office) -> None:
    wires = [Wire(small_office.port).open("branch=balai") for _ in range(3)]
    for wire in wires:
        assert wire.is_alive()
    code = small_office.server.stop()
    assert [wire.ended().code for wire in wires] == [1001] * 3
    assert code in (0, -15)
    small_office.server.start()
