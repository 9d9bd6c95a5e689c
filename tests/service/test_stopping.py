"""A server that stops: nobody's answer is lost, and those who watch leave one after the other."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers import Server, running_server
from tests.service.callers import Caller, Unanswered
from tests.service.journals import read_journal
from tests.service.plans import a_branch, write_setup

WINDOW = 5  # seconds
PHONES = 600  # more than a hundred a second of that window, at one worker and at two
CLIENTS = 16
BODY = b'{"queue": "umum"}'
REQUEST = (
    b"POST /api/v1/branches/balai/tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)


@pytest.fixture(params=[1, 2], ids=["one process", "two workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    setup = write_setup(tmp_path / "setup.yaml", [a_branch("balai")])
    env = {"ANTREAN_DRAIN_SECONDS": str(WINDOW)}
    with running_server(tmp_path / "data", setup=setup, extra_env=env, workers=request.param) as running:
        running.wait_until_listening()
        yield running


@dataclass
class Watcher:
    stream: ClientConnection
    seq: int = -1
    ended_at: float = 0.0

    async def watch(self) -> None:
        """Until the server says goodbye."""
        try:
            async for message in self.stream:
                self.seq = json.loads(message)["seq"]
        except ConnectionClosed:
            pass
        self.ended_at = asyncio.get_running_loop().time()


async def watcher(server: Server) -> Watcher:
    url = f"ws://127.0.0.1:{server.port}/stream?branch=balai&queue=umum"
    return Watcher(await connect(url, compression=None, ping_interval=None, proxy=None, open_timeout=60))


async def test_streams_end_one_by_one_in_random_order_and_see_everything_until_then(server: Server) -> None:
    """The signal comes as from a terminal or a service manager: to every process at once."""
    watchers = [watcher for _ in range(PHONES // 50) for watcher in await fifty(server)]
    watching = [asyncio.create_task(watcher.watch()) for watcher in watchers]
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST)
    await until_taken(server)
    stopping = asyncio.create_task(asyncio.to_thread(server.stop, 60))
    await until_all_workers_are_stopping(watching)
    writer.write(BODY)
    answer = (await reader.read()).decode()  # to the end of the connection
    await asyncio.gather(*watching)
    assert await stopping == 0
    assert answer.startswith("HTTP/1.1 201 ")
    assert "connection: close" in answer.lower()
    assert {watcher.stream.close_code for watcher in watchers} == {1001}
    in_order = sorted(watchers, key=lambda watcher: watcher.ended_at)
    assert in_order[-1].ended_at - in_order[0].ended_at > WINDOW / 10
    assert in_order != watchers
    assert in_order[0].seq == 0
    assert any(watcher.seq == 1 for watcher in watchers)


async def fifty(server: Server) -> list[Watcher]:
    return await asyncio.gather(*(watcher(server) for _ in range(50)))


async def until_all_workers_are_stopping(watching: list[asyncio.Task[None]]) -> None:
    """The parent tells them one after the other; each has had about half of those who watch, so not two thirds."""
    while sum(task.done() for task in watching) < len(watching) * 2 / 3:
        await asyncio.sleep(0.01)


async def until_taken(server: Server) -> None:
    """Requests that came later were answered, by each worker, so the beginning of ours has been read."""
    for _ in range(30):
        async with Caller(server.port) as caller:
            assert (await caller.get("/branches/balai")).status == 200


@dataclass
class Crowd:
    """People who take numbers as fast as they get them, some with a connection for each, until they are refused one."""

    port: int
    labels: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    async def press(self, is_kept: bool) -> None:
        async with Caller(self.port) as caller:
            while True:
                try:
                    answer = await caller.post("/branches/balai/tickets", {"queue": "umum"})
                except Unanswered as error:
                    if not isinstance(error.__cause__, ConnectionRefusedError):
                        self.faults.append(str(error))
                    return
                if answer.status == 201:
                    self.labels.append(answer.json["label"])
                else:
                    self.faults.append(str(answer))
                if not is_kept:
                    await caller.hang_up()


async def test_every_request_is_answered_or_cleanly_refused_and_what_was_answered_is_kept(server: Server) -> None:
    crowd = Crowd(server.port)
    pressing = [asyncio.create_task(crowd.press(is_kept=n % 2 == 0)) for n in range(CLIENTS)]
    while len(crowd.labels) < 300:
        await asyncio.sleep(0.01)
    code = await asyncio.to_thread(server.stop)
    await asyncio.gather(*pressing)
    written = [row.fields["label"] for row in read_journal(server.data_dir, "balai") if row.kind == "issued"]
    print(f"\nacknowledged {len(crowd.labels)}, lost {len(set(crowd.labels) - set(written))}, written {len(written)}")
    assert code == 0
    assert crowd.faults == []
    assert sorted(crowd.labels) == sorted(written)


async def test_with_nobody_there_it_stops_at_once_and_says_nothing(server: Server) -> None:
    before = server.log.read_text()
    assert await asyncio.to_thread(server.stop) == 0
    assert server.log.read_text() == before


async def test_a_second_signal_ends_it_at_once(server: Server) -> None:
    """At the first, a request that has begun to come is waited for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST)
    await until_taken(server)
    os.kill(server.process.pid, signal.SIGTERM)
    while await is_open(server.port):
        await asyncio.sleep(0.05)
    assert server.process.poll() is None
    os.kill(server.process.pid, signal.SIGTERM)
    assert await asyncio.to_thread(server.process.wait, 12) == 0
    with suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert "Traceback" not in server.log.read_text()


async def is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True
