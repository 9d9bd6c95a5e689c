"""`antrean field serve`: the same service on one day, by HTTP for phones and by HTTPS for tablets, at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import segno

from queue_service.app import open_house
from queue_service.chores import Chore, doing
from queue_service.field.centre import Centre, a_line
from queue_service.field.certificates import Certificate, certificate_for, own_addresses
from queue_service.field.commands import sync_or_say, whole_folder
from queue_service.field.desks import FieldDesk, opened
from queue_service.field.folders import Folder
from queue_service.floors import wall_clock
from queue_service.listening import listening_socket
from queue_service.logs import log, write_logs
from queue_service.server import Server, make_server

SOONEST, LATEST = 15.0, 300.0  # seconds until the centre is tried again

Ask = Callable[[], str]


class Patience:
    """How the link does: tried soon after it worked, and ever more seldom while it does not."""

    def __init__(self, desk: FieldDesk) -> None:
        self._desk = desk
        self._why: str | None = None
        self.seconds = SOONEST

    async def go(self) -> None:
        why = await sync_or_say(self._desk)
        self.seconds = SOONEST if why is None else min(LATEST, self.seconds * 2)
        if why != self._why:
            log.info("The centre has all that was written here." if why is None else "Not at the centre yet: %s", why)
        self._why = why


async def serve_in_the_field(trip: str | None, ask: Ask, *, host: str, port: int, secure_port: int, root: Path) -> None:
    folder = whole_folder(root, trip)
    keys = folder.keys(ask())
    settings = folder.settings(keys)
    write_logs(settings.logs)
    certificate = certificate_for(folder.path, folder.path.parent, own_addresses(), wall_clock())
    plain, secure = listening_socket(host, port), listening_socket(host, secure_port)
    ports = plain.getsockname()[1], secure.getsockname()[1]
    async with (
        a_line(folder.centre, folder.ca_file) as line,
        opened(folder, keys, Centre(line, folder.place, keys.shown)) as desk,
        open_house(settings) as house,
    ):
        patience = Patience(desk)
        servers = [
            make_server(house, lambda: _say_where(folder, certificate, *ports)),
            make_server(house, lambda: None, certificate=(certificate.chain, certificate.key)),
        ]
        _end_at_a_signal(servers)
        async with doing(Chore("Telling the centre", patience.go, lambda: patience.seconds)):
            await asyncio.gather(servers[0].serve(sockets=[plain]), servers[1].serve(sockets=[secure]))


def _end_at_a_signal(servers: list[Server]) -> None:
    def end() -> None:
        for server in servers:
            server.end()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)


def _say_where(folder: Folder, certificate: Certificate, port: int, secure_port: int) -> None:
    for line in _told(folder, certificate, port, secure_port):
        click.echo(line)


def _told(folder: Folder, certificate: Certificate, port: int, secure_port: int) -> Iterator[str]:
    for address in own_addresses():
        phones = f"http://{address}:{port}/b/{folder.branch}"
        yield f"Phones: {phones}"
        yield f"Small display: http://{address}:{port}/lobby/{folder.branch}"
        yield f"Tablets: https://{address}:{secure_port}/counter/{folder.branch}"
    yield f"Tablets trust {certificate.authority}, to be installed there once; its fingerprint is"
    yield f"  {certificate.fingerprint}"
    yield _code(f"http://{own_addresses()[0]}:{port}/b/{folder.branch}")


def _code(address: str) -> str:
    """For phones to scan from the laptop's own terminal."""
    rows = [bytes(row) for row in segno.make(address, error="l").matrix_iter(border=2)]
    rows += [bytes(len(rows[0]))] * (len(rows) % 2)
    blocks = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}  # light on a dark terminal
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "\n".join("".join(blocks[bool(up), bool(down)] for up, down in zip(*pair, strict=True)) for pair in pairs)
