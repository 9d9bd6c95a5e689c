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
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import free_port

PROGRAMS = ("redis-server", "valkey-server")
PATIENCE = 30  # seconds


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
        request = b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in command)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            with connection.makefile("rb") as answers:
                line: bytes = answers.readline()
        return line[1:].strip().decode()

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


def program() -> str:
    named = os.environ.get("REDIS_SERVER")
    for name in (named,) if named else PROGRAMS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise RedisFailed("There is no Redis here; `make test` installs it.")
