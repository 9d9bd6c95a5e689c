"""A service whose clock a test sets: a process of its own that real browsers visit, on a day of the test's choice."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from queue_service.app import open_house
from queue_service.domain.events import from_ms, to_ms
from queue_service.listening import listening_socket
from queue_service.server import make_server
from queue_service.settings import Settings
from tests.servers import Server

AHEAD = "seconds-ahead"  # the file that says how far this clock is ahead of the machine's


class TimedServer(Server):
    module = "tests.browser.timed"

    def set_clock(self, to: datetime) -> None:
        """It goes on from there."""
        ahead = (to - datetime.now(UTC)).total_seconds()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        whole = self.data_dir / f"{AHEAD}.new"
        whole.write_text(str(ahead))
        whole.replace(self.data_dir / AHEAD)

    def _serve(self) -> list[str]:
        return [str(self.port)]


@contextmanager
def timed_server(folder: Path, at: datetime) -> Iterator[TimedServer]:
    """With nothing set up."""
    server = TimedServer(folder, setup=None)
    server.set_clock(at)
    with server:
        yield server


async def _serve(port: int) -> None:
    settings = Settings.from_environment()

    def clock() -> datetime:
        ahead = timedelta(seconds=float((settings.data_dir / AHEAD).read_text()))
        return from_ms(to_ms(datetime.now(UTC) + ahead))

    async with open_house(settings, clock) as house:
        server = make_server(house, lambda: None)
        server.end_at_a_signal()
        await server.serve(sockets=[listening_socket("127.0.0.1", port)])


def main() -> None:
    asyncio.run(_serve(int(sys.argv[1])))
