"""The real server, `antrean serve`, on a folder and a port of its own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.processes import cpu_seconds
from loadtests.setup_file import QUEUE, BranchPlan, class_of, write_setup_file

ANTREAN = Path(sys.executable).with_name("antrean")
MOST_CONNECTIONS = 100_000
IDLE = 1.0  # seconds
PATIENCE = 30.0  # seconds for a server to start or to stop


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with status {process.returncode}.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"{process.args!r} does not answer after {PATIENCE:.0f} s.")


@contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """The process id of a server that answers at this port until the end of the block."""
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Server:
    port: int
    pid: int
    key: str
    branch: BranchPlan
    _http: http.client.HTTPConnection = field(init=False)
    _used_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    @property
    def pids(self) -> list[int]:
        """Of the processes that serve: the workers, where there are several."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children] or [self.pid]

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(pid) for pid in self.pids)

    def _connection(self) -> http.client.HTTPConnection:
        """A new one after a pause, in which the server may have closed the old one."""
        if time.monotonic() - self._used_at > IDLE:
            self._http.close()  # opens again by itself
        self._used_at = time.monotonic()
        return self._http

    def ask(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection = self._connection()
        connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read()
        if not 200 <= response.status < 300:
            raise SystemExit(f"{method} {path}: {response.status} {text.decode()}")
        answer: dict[str, Any] = json.loads(text) if text else {}
        return answer

    def at_counter(self, counter: int, action: str) -> dict[str, Any]:
        return self.ask("POST", counter_path(self.branch.id, counter, action))

    def issue(self, tickets: int) -> list[str]:
        """Their tokens."""
        path = f"/branches/{self.branch.id}/tickets"
        bodies: list[dict[str, object]] = [{"queue": QUEUE, "class": class_of(n)} for n in range(tickets)]
        return [self.ask("POST", path, body)["token"] for body in bodies]

    def snapshot(self) -> dict[str, Any]:
        return self.ask("GET", f"/branches/{self.branch.id}/queues/{QUEUE}")


def counter_path(branch: str, counter: int, action: str) -> str:
    return f"/branches/{branch}/counters/{counter}/{action}"


def environment_of(folder: Path) -> dict[str, str]:
    """Without the settings of whoever measures, and with every limit out of the way."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTREAN_")}
    return environment | {
        "ANTREAN_DATA_DIR": str(folder),
        "ANTREAN_RATE_LIMITS": "off",
        "ANTREAN_MAX_CONNECTIONS": str(MOST_CONNECTIONS),
        "ANTREAN_HANDSHAKES_A_SECOND": str(MOST_CONNECTIONS),
        "ANTREAN_DRAIN_SECONDS": "0",
    }


@contextmanager
def running_server(
    folder: Path, branch: BranchPlan, settings: Mapping[str, str] | None = None, workers: int = 1
) -> Iterator[Server]:
    environment = environment_of(folder) | dict(settings or {})
    port, plan = free_port(), folder / "setup.yaml"
    write_setup_file(plan, [branch])
    run_command(environment, "setup", str(plan))
    key = run_command(environment, "key", "create", "--role", "clerk", "--branch", branch.id).split()[-1]
    command = [str(ANTREAN), "serve", "--port", str(port), "--workers", str(workers)]
    with running(command, port, environment) as pid:
        yield Server(port, pid, key, branch)


def run_command(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([str(ANTREAN), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"antrean {arguments[0]}: {done.stdout}{done.stderr}")
    return done.stdout
