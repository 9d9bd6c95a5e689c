"""A real service, real deliverers beside it, and whoever receives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select, update

from queue_service.database import open_database
from queue_service.database.databases import T
from queue_service.journal import Journal
from queue_service.journal.epochs import epoch_now
from queue_service.journal.tables import entries
from queue_service.records.opening import open_records
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.records.tables import connections, deliveries
from queue_service.secrets import load_secrets
from queue_service.setting_up import set_up
from tests.forked import Forked
from tests.integrations.receiver import SECRET, Receiver, a_receiver
from tests.servers import ROOT, Server, running_server
from tests.service.callers import Caller
from tests.service.plans import a_branch

BRANCH = "cabang"
PATIENCE = 60.0


class Deliverer:
    """`antrean integrations`, as a process of its own."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self.process = Forked(Server.module, ["integrations"], cwd=ROOT, env=environment, log=log)

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def owns(self) -> bool:
        return "This process delivers for agency." in self.printed

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        os.kill(self.process.pid, signal.SIGTERM)
        return self.process.wait(30)


@dataclass
class Stage:
    server: Server
    receiver: Receiver
    address: str
    key: str
    deliverers: list[Deliverer] = field(default_factory=list)

    def begin(self) -> Deliverer:
        log = self.server.data_dir / f"deliverer-{len(self.deliverers)}.log"
        self.deliverers.append(Deliverer(log, self.server.environment))
        return self.deliverers[-1]

    async def ask(self, work: Callable[[Connection], T]) -> T:
        database = open_database(self.address)
        try:
            return await database.write(work)
        finally:
            await database.close()

    async def let_lease_end(self) -> None:
        """As its thirty seconds would, when its owner is dead."""
        await self.ask(lambda connection: connection.execute(update(connections).values(until_ms=0)))

    async def ids(self) -> dict[str, str | None]:
        """Of all entries that the journals hold, in order; with their tickets."""
        epoch = await self.ask(epoch_now)
        order = select(entries).order_by(entries.c.day, entries.c.seq)
        rows = await self.ask(lambda connection: connection.execute(order).all())
        return {f"{epoch}_{r.branch}_{r.day}_{r.seq}": json.loads(r.fields).get("label") for r in rows}

    async def states(self) -> list[tuple[str, str]]:
        asked = select(deliveries.c.lane, deliveries.c.state).order_by(deliveries.c.lane, deliveries.c.seq)
        rows = await self.ask(lambda connection: connection.execute(asked).all())
        return [(row.lane, row.state) for row in rows]

    async def write(self, tickets: int, day: date | None = None) -> None:
        """So many more tickets into a journal, as a service does; two entries each."""
        place = {"branch": BRANCH, "day": day or datetime.now(ZoneInfo("Asia/Jakarta")).date()}

        def work(connection: Connection) -> None:
            here = entries.c.branch == place["branch"], entries.c.day == place["day"]
            end = connection.execute(select(func.coalesce(func.max(entries.c.seq), 0)).where(*here)).scalar_one()
            rows = []
            for n in range(tickets):
                label = {"label": f"A-{end // 2 + n + 1:03d}"}
                issued = {"kind": "issued", "fields": json.dumps({**label, "queue": "umum"})}
                called = {"kind": "called", "fields": json.dumps({**label, "counter": "1"})}
                rows += [{**issued, "seq": end + 2 * n + 1}, {**called, "seq": end + 2 * n + 2}]
            connection.execute(insert(entries), [{**place, "at_ms": 0, "by": "test", **row} for row in rows])

        await self.ask(work)

    async def live(self, tickets: int) -> list[str]:
        """So many people come, and are served; their labels."""
        path, labels = f"/branches/{BRANCH}", []
        async with Caller(self.server.port, self.key) as caller:
            for _ in range(tickets):
                answer = await caller.post(f"{path}/tickets", {"queue": "umum"})
                assert answer.status == 201, answer.body
                labels.append(answer.json["label"])
            await caller.post(f"{path}/counters/1/open", {})
            for _ in range(tickets):
                for action in ("call-next", "serve", "complete"):
                    answer = await caller.post(f"{path}/counters/1/{action}", {})
                    assert answer.status == 200, answer.body
        return labels

    async def until(self, what: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, self._told()
            await asyncio.sleep(0.05)

    async def until_taken(self, ids: Sequence[str]) -> None:
        await self.until(lambda: {each.id for each in self.receiver.taken} >= set(ids))

    async def until_count(self, taken: int) -> None:
        await self.until(lambda: len(self.receiver.taken) >= taken)

    async def until_states(self, expected: Callable[[list[tuple[str, str]]], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not expected(await self.states()):
            assert time.monotonic() < deadline, (await self.states(), self._told())
            await asyncio.sleep(0.1)

    def _told(self) -> str:
        return "".join(deliverer.printed[-3000:] for deliverer in self.deliverers)


@asynccontextmanager
async def a_stage(
    folder: Path, address: str = "", extra_env: Mapping[str, str] | None = None, *, is_serving: bool = True
) -> AsyncIterator[Stage]:
    """Without a service, what happens is written by the test."""
    data = folder / "data"
    address = address or f"sqlite:///{data / 'antrean.db'}"
    environment = {
        "ANTREAN_DATABASE_URL": address,
        "ANTREAN_CONNECTION_AGENCY_SECRET": SECRET,
        "ANTREAN_INTEGRATIONS": "apart",
        "ANTREAN_LOGS": "json",
        **(extra_env or {}),
    }
    async with a_receiver() as receiver:
        settings = {"url": receiver.url, "allow_private": True, "attempts": 3}
        setup = write_connections(folder / "setup.yaml", [a_connection("agency", settings)])
        data.mkdir()
        async with open_records(address, load_secrets(None, data)) as records:
            await records.database.write(lambda connection: set_up(connection, read_setup_file(setup)))
            await Journal(records.database).epoch()  # begins it, as a service does when it starts
            key = await records.keys.create(Role.ADMINISTRATOR, None, datetime.now(UTC))
        server = running_server(data, extra_env=environment, setup=None)
        async with server if is_serving else nullcontext():
            stage = Stage(server, receiver, address, key)
            try:
                yield stage
            finally:
                for deliverer in stage.deliverers:
                    if deliverer.process.poll() is None:
                        deliverer.kill()


def a_connection(name: str, settings: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "system": "webhook", "settings": dict(settings), **more}


def write_connections(path: Path, wanted: Sequence[Mapping[str, Any]], branches: Sequence[str] = (BRANCH,)) -> Path:
    path.write_text(json.dumps({"branches": [a_branch(name) for name in branches], "connections": wanted}, indent=1))
    return path
