"""A system that can be sent away though it knows nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.doubles.gate import Gate
from tests.doubles.switch import Switch
from tests.doubles.web import Answer, Request, WebServer


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    async def answer(request: Request) -> Answer:
        return Answer(request.body)

    async with WebServer(answer) as behind, Gate(behind.port) as gate:
        yield gate


async def through(gate: Gate) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(f"http://127.0.0.1:{gate.port}/", content=b"x" * 200_000)


async def test_whoever_comes_to_an_open_gate_speaks_with_who_is_behind(gate: Gate) -> None:
    assert (await through(gate)).content == b"x" * 200_000
    assert {len(each.content) for each in await asyncio.gather(*(through(gate) for _ in range(5)))} == {200_000}


async def test_a_gate_that_closes_cuts_off_who_is_through_and_lets_nobody_in_until_it_opens(gate: Gate) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")
    assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
    await gate.close()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    with pytest.raises(httpx2.TransportError):
        await through(gate)
    gate.open()
    assert (await through(gate)).status_code == 200


async def test_a_gate_before_nobody_hangs_up() -> None:
    nobody = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = nobody.sockets[0].getsockname()[1]
    nobody.close()
    async with Gate(port) as gate:
        with pytest.raises(httpx2.TransportError):
            await through(gate)


async def test_a_switch_closes_and_opens_a_gate_and_refuses_what_it_does_not_know(gate: Gate) -> None:
    async with Switch(gate, 0) as switch, httpx2.AsyncClient(base_url=switch.web.url, trust_env=False) as client:
        assert (await client.post("/_outage", json={"kind": "down"})).json() == {"kind": "down"}
        assert not gate.is_open
        assert (await client.get("/_outage")).json() == {"kind": "down"}
        wishes: list[object] = [{"kind": "slow"}, {"kind": 3}, []]
        for unknown in wishes:
            refused = await client.post("/_outage", json=unknown)
            assert (refused.status_code, refused.json()) == (400, {"message": "kind: expected down or none"})
        assert (await client.post("/_outage", content=b"{")).status_code == 400
        assert (await client.post("/_outage", json={"kind": "none"})).json() == {"kind": None}
        assert gate.is_open
        assert (await client.get("/")).status_code == 404


async def test_a_switch_whose_port_is_taken_has_another(gate: Gate) -> None:
    async with Switch(gate, gate.port) as switch:
        assert switch.web.port != gate.port
