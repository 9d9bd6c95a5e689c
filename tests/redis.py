"""A real Redis for tests, on loopback and a port of its own, which can be killed, paused and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tests.servers import free_port

PROGRAMS = ("redis-server", "valkey-server")
PATIENCE = 30  # seconds
SLOTS = 16_384  # of a cluster


class RedisFailed(Exception):
    """Says what the program printed."""


@dataclass
class Redis:
    folder: Path
    options: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RedisFailed("Redis was never started.")
        return self._process

    def start(self) -> None:
        settings = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self.folder}
        given = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), *given, *self.options], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RedisFailed((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def is_ready(self) -> bool:
        try:
            return self.ask("PING") == "PONG"
        except OSError:
            return False

    def ask(self, *command: str) -> str:
        """The answer to a command, where it is one line (a simple string, a number or an error)."""
        with self._asked(command) as answer:
            return answer.readline()[1:].strip().decode()

    def ask_for_text(self, *command: str) -> str:
        """The answer to a command, where it is a text of several lines."""
        with self._asked(command) as answer:
            length = int(answer.readline()[1:])
            return answer.read(length).decode()

    @contextmanager
    def _asked(self, command: Sequence[str]) -> Iterator[BinaryIO]:
        request = b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in command)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as answer:
                yield answer

    def kill(self) -> None:
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait(PATIENCE)

    def pause(self) -> None:
        """Its connections stay open, and nothing answers on them."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_redis(*options: str) -> Iterator[Redis]:
    with tempfile.TemporaryDirectory(prefix="antrean-redis-") as name:
        server = Redis(Path(name), options)
        server.start()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.kill()


@contextmanager
def running_cluster(servers: int) -> Iterator[list[Redis]]:
    """All of them primaries, each with its share of the slots."""
    with ExitStack() as stack:
        buses = [str(free_port()) for _ in range(servers)]
        options = [("--cluster-enabled", "yes", "--cluster-port", bus) for bus in buses]
        members = [stack.enter_context(running_redis(*option)) for option in options]
        for n, member in enumerate(members):
            first, beyond = SLOTS * n // servers, SLOTS * (n + 1) // servers
            member.ask("CLUSTER", "ADDSLOTSRANGE", str(first), str(beyond - 1))
            member.ask("CLUSTER", "SET-CONFIG-EPOCH", str(n + 1))
            member.ask("CLUSTER", "MEET", "127.0.0.1", str(members[0].port), buses[0])
        deadline = time.monotonic() + PATIENCE
        while not all(is_whole(member, servers) for member in members):
            if time.monotonic() > deadline:
                raise RedisFailed("The cluster does not come together.")
            time.sleep(0.05)
        yield members


def is_whole(member: Redis, servers: int) -> bool:
    told = member.ask_for_text("CLUSTER", "INFO")
    return f"cluster_known_nodes:{servers}\r\n" in told and "cluster_state:ok" in told


def program() -> str:
    named = os.environ.get("REDIS_SERVER")
    for name in (named,) if named else PROGRAMS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise RedisFailed("There is no Redis here; `make test` installs it.")
