"""The log of a day on which everything happened: it holds nobody's secrets."""

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.servers import Server, ServerFailed
from tests.service.callers import Caller
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import TEXT, Wire, frame, handshake


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """With everything that can be logged being logged, where the environment has a say in it."""
    env = {"PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "default"}
    with running_office(tmp_path_factory.mktemp("log"), [a_branch("balai")], env) as running:
        yield running


async def secrets_of_a_day(office: Office) -> set[str]:
    tokens, keys = [], [f"kunci-rahasia-{n}" for n in range(6)]
    async with Caller(office.port, office.administrator) as caller:
        await caller.post("/branches/balai/counters/1/open", idempotency=keys[0])
        for key in keys[1:]:
            taken = await caller.post("/branches/balai/tickets", {"queue": "umum"}, idempotency=key)
            tokens.append(taken.json["token"])
        await caller.post("/branches/balai/counters/1/call-next")
        for token in tokens:
            for action in ("", "/step-away", "/check-in", "/cancel", "/cancel", "/feedback", "/nothing", "/%00"):
                await caller.ask("POST" if action else "GET", f"/tickets/{token}{action}", {"score": 9})
            await asyncio.to_thread(visit_pages, office, token)
            await asyncio.to_thread(misuse_streams, office, token)
    return {office.administrator, office.server.key("clerk", "balai"), *tokens, *keys}


def visit_pages(office: Office, token: str) -> None:
    for path in (f"/t/{token}", f"/t/{token}/nothing", f"/t/{token}?lang=%ff", f"/{token}", f"/b/{token}"):
        with suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"{office.server.url}{path}", timeout=30).read()


def misuse_streams(office: Office, token: str) -> None:
    with Wire(office.port).open(f"ticket={token}") as wire:
        wire.send(frame(TEXT, b"\xff"))
        assert wire.ended().code == 1007
    for broken in (
        handshake(f"ticket={token}", method="POST"),
        handshake(f"ticket={token}", headers={"Sec-WebSocket-Key": None}),
        handshake(f"ticket={token}", headers={"Origin": f"https://{token}.example"}),
        handshake(f"ticket={token}&ticket={token}"),
        handshake(f"ticket={token}", version="HTTP/9.9"),
        handshake(f"ticket={token}", headers={"X-Long": "a" * 20_000}),
        f"GET /t/{token}\x00 HTTP/1.1\r\n\r\n".encode(),
        f"GET /t/{token}".encode(),
    ):
        with Wire(office.port) as wire:
            wire.send(broken)
    with Wire(office.port).open(f"ticket={token}") as wire:
        wire.reset()


async def test_no_token_and_no_key_stands_in_the_log(office: Office) -> None:
    secrets = await secrets_of_a_day(office)
    office.server.stop()
    log = office.server.log.read_text(errors="replace")
    office.server.start()
    found = [secret for secret in secrets if secret in log]
    secret_parts = [secret.split("_", 2)[2] for secret in secrets if secret.startswith("antrean_")]
    print(f"\n{len(secrets)} secrets looked for in {len(log)} characters")
    assert len(secrets) == 13
    assert found == []
    assert [part for part in secret_parts if part in log] == []
    assert "Traceback" not in log
    assert all(set(line) >= {"time", "level", "event", "logger", "worker"} for line in office.server.log_lines())


async def test_a_request_is_known_by_an_id_of_its_own(office: Office) -> None:
    async with Caller(office.port) as caller:
        answers = [await caller.get("/branches/balai") for _ in range(3)]
        answers += [await caller.get("/nothing"), await caller.ask("POST", "/branches/balai/tickets", "no object")]
    names = {answer.headers["x-request-id"] for answer in answers}
    assert len(names) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in names)


@pytest.mark.parametrize("given", ["a", "6f1c2a52-8a53-4a0e-9d55-3f2b1c9e7a10", "abc-" * 15 + "abcd", "A_1-b"])
async def test_the_id_that_a_proxy_gave_is_kept(office: Office, given: str) -> None:
    async with Caller(office.port) as caller:
        answer = await caller.ask("GET", "/branches/balai", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "abc-" * 17, "a b", "a;b", "ä", "3201994107900123", "081234567890"])
async def test_an_id_that_is_none_is_replaced(office: Office, given: str) -> None:
    async with Caller(office.port) as caller:
        answer = await caller.ask("GET", "/branches/balai", headers={"X-Request-ID": given})
    assert answer.status == 200
    assert answer.headers["x-request-id"] not in ("", given)


async def test_a_token_makes_no_id(office: Office) -> None:
    async with Caller(office.port) as caller:
        token = (await caller.post("/branches/balai/tickets", {"queue": "umum"})).json["token"]
        answer = await caller.ask("GET", f"/tickets/{token}", headers={"X-Request-ID": token})
    assert token not in answer.headers["x-request-id"]


def test_who_reads_along_gets_text(tmp_path: Path) -> None:
    with running_office(tmp_path, [a_branch("balai")], {"ANTREAN_LOGS": "text"}) as office:
        told = office.server.log.read_text()
        address = office.server.url
    assert f"Antrean listens on {address}" in told
    assert not told.startswith("{")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_start_that_fails_is_logged_too(tmp_path: Path, workers: int) -> None:
    server = Server(tmp_path, setup=None, extra_env={"ANTREAN_SECRET": "short"}, workers=workers)
    with pytest.raises(ServerFailed):
        server.start()
    said, *others = [line["event"] for line in server.log_lines() if line["level"] == "critical"]
    assert said.startswith("ANTREAN_SECRET: expected at least 16 characters")
    assert len(others) == workers - 1


def test_a_form_of_logs_that_there_is_none_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="ANTREAN_LOGS: expected json or text, not “xml”"):
        Server(tmp_path, setup=None, extra_env={"ANTREAN_LOGS": "xml"}).start()
