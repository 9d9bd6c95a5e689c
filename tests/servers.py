"""Real servers for tests: processes of their own, on loopback, which can be killed and started again."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from queue_service.records.opening import Records, open_records
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup_file
from queue_service.secrets import load_secrets
from queue_service.setting_up import set_up
from queue_service.settings import Settings
from tests.forked import Forked

ROOT = Path(__file__).resolve().parent.parent
ANTREAN = str(Path(sys.executable).with_name("antrean"))
LAHAT = Path("examples/lahat.yaml")
READ_AT_A_START = {"LD_PRELOAD", "PYTHONWARNINGS"}  # variables that say nothing to a process that only forks
HASTE_SECONDS = 0.3  # before a server that stops is told so again, and ends at once

Process = Forked | subprocess.Popen[bytes]
T = TypeVar("T")


class ServerFailed(Exception):
    """The command or the server did not do what a test needs; says what it printed."""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Server:
    """`antrean serve` on one port and one data folder, through as many lives as a test wants."""

    module = "queue_service.cli"  # whose `main` is the command

    def __init__(
        self,
        data_dir: Path,
        *,
        extra_env: Mapping[str, str] | None = None,
        setup: Path | None = LAHAT,
        workers: int = 1,
    ) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir / "server.log"
        self._setup = setup
        self._workers = workers
        self.environment = _environment(data_dir, extra_env or {})
        self._process: Process | None = None
        self._keys: dict[tuple[str, str | None], str] = {}

    @property
    def process(self) -> Process:
        if self._process is None:
            raise ServerFailed("The server was never started.")
        return self._process

    def run(self, *arguments: str) -> str:
        """What the command `antrean` prints, run on this server's data."""
        done = subprocess.run(
            [ANTREAN, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise ServerFailed(
                f"antrean {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def key(self, role: str, branch: str | None = None) -> str:
        if (role, branch) not in self._keys:
            self._keys[role, branch] = self._in_its_records(
                lambda records: records.keys.create(Role(role), branch, datetime.now(UTC))
            )
        return self._keys[role, branch]

    def set_up(self) -> None:
        if self._setup is not None:
            plan = read_setup_file(ROOT / self._setup)
            self._in_its_records(lambda records: records.database.write(partial(set_up, plan=plan)))

    def _in_its_records(self, work: Callable[[Records], Awaitable[T]]) -> T:
        """What the commands `setup` and `key` do, without a process for each: that would mostly load modules."""
        settings = Settings.from_environment(self.environment)
        settings.data_dir.mkdir(parents=True, exist_ok=True)

        async def open_and_work() -> T:
            secrets = load_secrets(settings.secret, settings.data_dir)
            async with open_records(settings.database_url, secrets) as records:
                return await work(records)

        with ThreadPoolExecutor(1) as thread:  # an event loop may be running in this one
            return thread.submit(asyncio.run, open_and_work()).result()

    def start(self, within_seconds: float = 30) -> None:
        """Starts the server, again if need be, and returns when it is ready."""
        if self._process is not None and self._process.poll() is None:
            raise ServerFailed(f"The server runs already, as process {self._process.pid}.")
        self._process = self._begin()
        try:
            self._wait_until_ready(within_seconds)
        except BaseException:
            self.kill()
            raise

    def _begin(self) -> Process:
        if not self.environment.keys() & READ_AT_A_START:
            return Forked(self.module, self._serve(), cwd=ROOT, env=self.environment, log=self.log)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.module, *self._serve()],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log_lines(self) -> list[dict[str, Any]]:
        """What it has logged; anything that is no JSON object is a fault."""
        return [json.loads(line) for line in self.log.read_text(errors="replace").splitlines()]

    def wait_until_listening(self, within_seconds: float = 60) -> None:
        """It is ready before, when its first worker is; this waits for all."""
        deadline = time.monotonic() + within_seconds
        while "Antrean listens on" not in self.log.read_text(errors="replace"):
            if time.monotonic() > deadline:
                raise ServerFailed(f"Not all workers answered within {within_seconds} s:\n{self._tail()}")
            time.sleep(0.05)

    def _serve(self) -> list[str]:
        return ["serve", "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(self._workers)]

    def kill(self) -> None:
        """The power goes: no goodbye, nothing flushed."""
        self._signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, within_seconds: float = 15) -> int:
        """Asks the server to end; answers with its exit code."""
        self._signal(signal.SIGTERM)
        try:
            return self.process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerFailed(f"The server did not stop within {within_seconds} s:\n{self._tail()}") from None

    def __enter__(self) -> Self:
        self.set_up()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """As somebody does who does not wait for those that are still there: a test may have blocked them itself."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(HASTE_SECONDS)
            self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)

    def _signal(self, number: signal.Signals) -> None:
        # The whole group, workers included; the group's id is the first process's until that has been waited for.
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)

    def _wait_until_ready(self, within_seconds: float) -> None:
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            code = self.process.poll()
            if code is not None:
                raise ServerFailed(f"antrean serve ended with {code}:\n{self._tail()}")
            if self.is_ready():
                return
            time.sleep(0.05)
        raise ServerFailed(f"antrean serve was not ready within {within_seconds} s:\n{self._tail()}")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


def running_server(
    data_dir: Path, *, extra_env: Mapping[str, str] | None = None, setup: Path | None = LAHAT, workers: int = 1
) -> Server:
    """A server for `with` and for `async with`: set up, ready, and stopped at the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    return Server(data_dir, extra_env=extra_env, setup=setup, workers=workers)


def _environment(data_dir: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """The developer's environment without their own settings of the service, and with those of this server."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
    # Every visitor of a test comes from one device.
    return {**inherited, "ANTREAN_DATA_DIR": str(data_dir), "ANTREAN_RATE_LIMITS": "off", **extra}
