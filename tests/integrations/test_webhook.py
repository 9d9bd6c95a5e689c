"""One webhook: what is sent, how it is signed, where it may go, and what is made of the answer."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import ssl
import subprocess
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import httpcore2
import pytest
from standardwebhooks import Webhook

from integrations.addresses import CarefulBackend, Forbidden, is_allowed
from integrations.contract import Item, NotReady, Opening, Undelivered
from integrations.http import LONGEST_ANSWER
from integrations.webhook.client import WebhookSender
from integrations.webhook.settings import WebhookSettings
from integrations.webhook.system import WebhookSystem
from integrations.webhook.translate import TYPES, body_of, headers_of, read_secrets
from integrations.webhook.verifying import verified_id
from queue_service.domain.entries import KINDS
from queue_service.records.plans import ConnectionPlan
from queue_service.web.house import House
from tests.integrations.receiver import HANG_UP, SECRET, Receiver, Reply, a_receiver, is_signed, is_verified

CALLED = Item("e1", "cabang", date(2026, 11, 23), 41, 1795413600123, "called", {"label": "A-012", "counter": "3"})
KEY = bytes(range(32))
OTHER = bytes(range(32, 64))


def test_an_entry_becomes_a_message() -> None:
    assert json.loads(body_of(CALLED)) == {
        "type": "ticket.called",
        "timestamp": "2026-11-23T06:00:00.123Z",
        "data": {"branch": "cabang", "day": "2026-11-23", "seq": 41, "label": "A-012", "counter": "3"},
    }
    assert CALLED.id == "e1_cabang_2026-11-23_41"


def test_every_kind_of_entry_has_a_type_of_its_own() -> None:
    assert TYPES.keys() == KINDS.keys()
    assert len(set(TYPES.values())) == len(TYPES)


@pytest.mark.parametrize(
    ("message_id", "at", "body", "signature"),
    [  # by `openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64`
        ("msg_1", 1614265330, b'{"a":1}', "v1,glGkvNcadkg5eS0kC1lHn//MXDsMAhfgJN70uXXgt2s="),
        ("e1_cabang_2026-11-23_41", 1795413600, "“é”".encode(), "v1,kgGrBvPBL1UnatA4ppKuPEag4Vkp2q9HMsABC9Sq9Zw="),
    ],
)
def test_a_signature_is_as_another_program_makes_it(message_id: str, at: int, body: bytes, signature: str) -> None:
    assert headers_of(message_id, at, body, [KEY]) == {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


def test_while_one_secret_replaces_the_other_both_sign() -> None:
    headers = headers_of("m", 100, b"{}", [KEY, OTHER])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for key in (KEY, OTHER):
        assert is_signed("whsec_" + base64.b64encode(key).decode(), headers, b"{}", 100)
    assert not is_signed("whsec_" + base64.b64encode(KEY[::-1]).decode(), headers, b"{}", 100)
    assert not is_signed(SECRET, headers, b"{ }", 100)


def test_somebody_elses_library_takes_what_we_sign_and_we_what_it_signs() -> None:
    now, secrets = datetime.now(UTC), ["whsec_" + base64.b64encode(key).decode() for key in (KEY, OTHER)]
    body = body_of(CALLED)
    headers = headers_of(CALLED.id, int(now.timestamp()), body, [KEY, OTHER])
    for secret in secrets:
        assert is_verified(secret, headers, body)
        theirs = {**headers, "webhook-signature": Webhook(secret).sign(CALLED.id, now, body.decode())}
        assert verified_id(theirs, body, [OTHER, KEY], now.timestamp()) == CALLED.id
    assert not is_verified(secrets[0], headers_of(CALLED.id, int(now.timestamp()) - 400, body, [KEY]), body)
    assert not is_verified(SECRET, headers_of(CALLED.id, int(now.timestamp()), body, [OTHER]), body)


def test_what_others_call_a_ticket_is_told_where_it_is_wanted() -> None:
    assert json.loads(body_of(CALLED, {"dinas": "R-1"}))["data"]["ids"] == {"dinas": "R-1"}


def an_opening(connection: str, secret: str) -> Opening:
    """Of nothing but a secret: whatever is looked at here comes before there is a house."""
    variable = f"ANTREAN_CONNECTION_{connection.upper().replace('-', '_')}_SECRET"
    return Opening(ConnectionPlan(id=connection, system="webhook"), cast(House, None), {variable: secret})


def test_secrets_are_read() -> None:
    words = ["whsec_" + base64.b64encode(key).decode() for key in (KEY, OTHER)]
    assert read_secrets(" , ".join(words)) == [KEY, OTHER]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("not-so-secret", "begins with whsec_"),
        ("whsec_!!!!", "expected base64"),
        ("whsec_é", "expected base64"),
        ("whsec_AAAA", "24 to 64 bytes"),
        (",".join([SECRET] * 3), "one secret, or two"),
        (f"{SECRET},", "begins with whsec_"),
    ],
)
def test_a_malformed_secret_is_refused_and_not_repeated(given: str, expected: str) -> None:
    with pytest.raises(NotReady, match=expected) as refused:
        WebhookSystem(url="https://agency.example/").sender(an_opening("a-b", given))
    assert "ANTREAN_CONNECTION_A_B_SECRET: " in str(refused.value)
    assert given not in str(refused.value)


def test_a_file_of_authorities_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="ca_file"):
        WebhookSystem(url="https://agency.example/", ca_file=tmp_path / "none").sender(an_opening("a", SECRET))


# Where it may go


@pytest.mark.parametrize(
    ("address", "is_private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("::1", True),
        ("fe80::1", True),
        ("fd00::1", True),
        ("::ffff:10.0.0.1", True),
        ("64:ff9b::a00:1", True),
        ("2002:a00:1::", True),
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07::1", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::5db8:d70e", False),
    ],
)
def test_private_addresses_are_refused_unless_allowed(address: str, is_private: bool) -> None:
    assert is_allowed(ip_address(address), allow_private=False) is not is_private
    assert is_allowed(ip_address(address), allow_private=True)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])  # noqa: S104
def test_what_is_nobodys_address_is_always_refused(address: str) -> None:
    assert not is_allowed(ip_address(address), allow_private=True)


async def test_a_name_that_leads_home_is_refused_where_the_connection_is_made() -> None:
    async with a_receiver() as receiver:
        with pytest.raises(Forbidden, match=r"localhost leads to .*, which is private"):
            await CarefulBackend(allow_private=False).connect_tcp("localhost", receiver.port, 5)
        stream = await CarefulBackend(allow_private=True).connect_tcp("127.0.0.1", receiver.port, 5)
        await stream.aclose()


async def test_a_name_that_nobody_knows_is_a_sentence() -> None:
    with pytest.raises(httpcore2.ConnectError, match=r"nobody knows where nowhere\.invalid is"):
        await CarefulBackend(allow_private=False).connect_tcp("nowhere.invalid", 443, 20)


async def test_a_sender_that_may_not_go_home_sends_nothing() -> None:
    async with a_receiver() as receiver:
        # As if the set-up file's public name led here; the settings themselves refuse an address.
        settings = WebhookSettings.model_construct(url=receiver.url, allow_private=False)
        sender = WebhookSender(settings, [KEY])
        with pytest.raises(Undelivered, match="which is private"):
            await sender.send(CALLED)
        await sender.close()
        assert receiver.arrived == []


# What is made of the answer


async def refusal_by(receiver: Receiver, reply: Reply) -> Undelivered:
    receiver.behave = lambda _id, _message, _tries: reply
    sender = a_sender(receiver)
    with pytest.raises(Undelivered) as refused:
        await sender.send(CALLED)
    await sender.close()
    return refused.value


def a_sender(receiver: Receiver, **settings: Any) -> WebhookSender:
    return WebhookSender(WebhookSettings(**{"url": receiver.url, "allow_private": True, **settings}), [KEY])


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [
        *((status, True) for status in (302, 400, 401, 404, 410, 422)),
        *((status, False) for status in (408, 429, 500, 502, 503, HANG_UP)),
    ],
)
async def test_a_refusal_and_being_away_are_told_apart(status: int, is_refused: bool) -> None:
    async with a_receiver() as receiver:
        assert (await refusal_by(receiver, Reply(status))).is_refused is is_refused


async def test_nobody_there_is_being_away() -> None:
    async with a_receiver() as receiver:
        sender = a_sender(receiver)
        await receiver.close()
        with pytest.raises(Undelivered, match="cannot be reached") as away:
            await sender.send(CALLED)
        assert not away.value.is_refused
        await sender.close()


async def test_the_other_sides_words_are_told_in_short_and_nothing_personal_of_them() -> None:
    async with a_receiver() as receiver:
        said = await refusal_by(receiver, Reply(422, body=b"NIK 1604012345678901\nis not\x1b[31m ours " + b"x " * 500))
        assert "[masked] is not [31m ours" in str(said)
        assert "1604012345678901" not in str(said)
        assert len(str(said)) < 300


async def test_a_way_to_somewhere_else_is_not_followed() -> None:
    async with a_receiver() as receiver, a_receiver() as other:
        said = await refusal_by(receiver, Reply(307, {"Location": other.url}))
        assert "not followed" in str(said)
        assert other.arrived == []


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wish_to_be_left_alone_is_read(status: int) -> None:
    async with a_receiver() as receiver:
        in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        for given, at_least, at_most in (("7", 7.0, 7.0), (in_an_hour, 3000.0, 3600.0)):
            rest = (await refusal_by(receiver, Reply(status, {"Retry-After": given}))).rest_seconds
            assert rest is not None
            assert at_least <= rest <= at_most
        for odd in ("soon", "-5", "", "²"):
            header = {"Retry-After": odd} if odd.isascii() else {}
            assert (await refusal_by(receiver, Reply(status, header))).rest_seconds is None


async def test_no_more_than_a_little_of_an_endless_answer_is_read() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 4096)
                sent += 4096
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    receiver = Receiver()
    receiver.port = server.sockets[0].getsockname()[1]
    sender = a_sender(receiver)
    await sender.send(CALLED)
    await sender.close()
    server.close()
    assert sent > LONGEST_ANSWER  # it would have gone on for ever


async def test_one_connection_serves_for_many_and_each_is_signed() -> None:
    async with a_receiver() as receiver:
        sender = a_sender(receiver, events=["ticket.called"])
        for _ in range(3):
            await sender.send(CALLED)
        await sender.close()
        assert len(receiver.taken) == 3
        assert receiver.unsigned == []
        assert sender.wants("called")
        assert not sender.wants("issued")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """With its key beside it."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    return certificate


async def test_only_whoever_the_file_of_authorities_vouches_for_is_trusted(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
    async with a_receiver(tls) as receiver:
        url = re.sub("^http:", "https:", receiver.url)
        stranger, friend = a_sender(receiver, url=url), a_sender(receiver, url=url, ca_file=certificate)
        with pytest.raises(Undelivered, match=r"(?i)certificate") as away:
            await stranger.send(CALLED)
        assert not away.value.is_refused
        await friend.send(CALLED)
        await asyncio.gather(stranger.close(), friend.close())
        assert len(receiver.taken) == 1
