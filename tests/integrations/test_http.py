"""What every system that is reached by HTTP relies on. How the webhook uses it, test_webhook.py tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from integrations.contract import SystemSettings, Undelivered
from integrations.http import Answer, Http, asked_rest
from integrations.reach import Reach


@asynccontextmanager
async def whoever_says(answer: bytes, heard: list[bytes] | None = None) -> AsyncIterator[str]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if heard is not None:
            heard.append(request)
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def said(body: bytes, head: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def ask(answer: bytes, longest: int = 1000) -> Answer:
    async with whoever_says(answer) as url:
        http = Http(Reach(allow_private=True))
        try:
            return await http.ask("GET", f"{url}/antrean", longest=longest)
        finally:
            await http.close()


async def test_an_answer_is_read_whole_and_as_json() -> None:
    answer = await ask(said(b'{"metadata": {"code": 200}}'))
    assert (answer.is_success, answer.is_whole, answer.json()) == (True, True, {"metadata": {"code": 200}})
    exact = await ask(said(b"[1, 2]"), longest=6)
    assert exact.json() == [1, 2]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (said(b"[" * 2000), "it answered 200 OK, longer than the 1,000 bytes that are read"),
        (said(b"<html>Maintenance of 3201994107900123"), "which is no JSON: <html>Maintenance of [masked]"),
        (said(b""), "it answered 200 OK, which is no JSON"),
        (said(b"xx", "200 OK\r\nContent-Encoding: gzip"), "packed in a way that was not asked for"),
    ],
)
async def test_what_cannot_be_read_is_told_and_masked(answer: bytes, sentence: str) -> None:
    read = await ask(answer)
    with pytest.raises(Undelivered) as told:
        read.json()
    assert str(told.value).endswith(sentence)
    assert not told.value.is_refused


async def test_no_number_is_told_because_it_was_cut_in_two() -> None:
    nik = b"3201994107900123"
    for before in range(180, 205):
        answer = await ask(said(b"x " * (before // 2) + nik, "400 Bad Request"))
        assert "32012" not in str(answer.failure())


async def test_it_says_who_asks_and_wants_nothing_packed() -> None:
    heard: list[bytes] = []
    async with whoever_says(said(b"{}"), heard) as url:
        http = Http(Reach(allow_private=True), {"x-cons-id": "1"})
        await http.ask("GET", url, headers={"x-timestamp": "2"})
        await http.close()
    head = heard[0].decode().lower()
    for line in ("user-agent: antrean/", "accept-encoding: identity\r\n", "x-cons-id: 1\r\n", "x-timestamp: 2\r\n"):
        assert line in head


async def test_an_answer_that_never_ends_is_not_waited_for() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        except OSError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    http = Http(Reach(allow_private=True), seconds=0.5)
    async with server:
        with pytest.raises(Undelivered, match="no answer in time"):
            await http.ask("GET", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await http.close()


@pytest.mark.parametrize(
    ("given", "rest"),
    [("7", 7.0), ("Mon, 23 Nov 2026 02:00:30 GMT", 30.0), ("Mon, 23 Nov 2026 01:00:00 GMT", 0.0), ("soon", None)],
)
def test_the_wish_for_rest_is_read(given: str, rest: float | None) -> None:
    assert asked_rest(given, datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) == rest


class Two(SystemSettings, Reach):
    """As systems that add to these settings are."""


def test_settings_of_a_system_take_the_reach_beside_their_own() -> None:
    assert Two.model_fields.keys() >= {"attempts", "allow_private", "ca_file"}
    with pytest.raises(ValidationError):
        Reach.model_validate({"allow_private": "perhaps"})
    with pytest.raises(ValueError, match="expected “auth_url” to begin with https://"):
        Reach().check_reach("http://insurer.example/", "auth_url")
    with pytest.raises(ValueError, match=r"not 10\.0\.0\.1"):
        Reach().check_reach("https://10.0.0.1/")
    Reach(allow_private=True).check_reach("http://10.0.0.1/")
