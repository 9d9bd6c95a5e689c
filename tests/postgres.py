"""A real PostgreSQL for tests, on loopback and a port of its own; and PgBouncer before it, in transaction mode."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers import free_port

USER = "antrean"
ORDINARY = "nobody"  # PostgreSQL refuses to run as root
PATIENCE = 60  # seconds


class PostgresFailed(Exception):
    """Says what the program printed."""


@dataclass
class Postgres:
    port: int
    folder: Path
    databases: int = 0

    def address(self, database: str, port: int | None = None) -> str:
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{database}"

    def new_database(self) -> str:
        self.databases += 1
        name = f"antrean_{self.databases}"
        self.ask(f"CREATE DATABASE {name}")
        return name

    def ask(self, sql: str, database: str = "postgres") -> str:
        whom = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]
        return run([str(program("psql")), "-XqAt", *whom, "-c", sql])

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        log = self.folder / "log"
        run([str(program("pg_ctl")), "-D", str(self.folder / "data"), "-w", "-l", str(log), "-o", options, "start"])

    def stop(self) -> None:
        run([str(program("pg_ctl")), "-D", str(self.folder / "data"), "-w", "-m", "fast", "stop"])

    def kill(self) -> None:
        """All of its processes at once: what they had not written is gone."""
        parent = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        children = subprocess.run(["pgrep", "-P", parent], capture_output=True, text=True, check=False).stdout.split()
        pids = [int(pid) for pid in (parent, *children)]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.01)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with ordinary_folder() as folder:
        data = ["-D", str(folder / "data"), "-U", USER, "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
        run([str(program("initdb")), *data, "--locale", "C.UTF-8"])
        server = Postgres(free_port(), folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def running_pgbouncer(server: Postgres) -> Iterator[int]:
    """Its port."""
    port = free_port()
    with ordinary_folder() as folder:
        config, users = folder / "pgbouncer.ini", folder / "users.txt"
        users.write_text(f'"{USER}" ""\n')
        settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": port,
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": users,
            "pool_mode": "transaction",
            "default_pool_size": 3,
            "logfile": folder / "log",
        }
        lines = [f"{name} = {value}" for name, value in settings.items()]
        databases = ["[databases]", f"* = host=127.0.0.1 port={server.port}"]
        config.write_text("\n".join([*databases, "[pgbouncer]", *lines, ""]))
        for file in (config, users):
            file.chmod(0o644)
        process = subprocess.Popen([str(program("pgbouncer")), "-q", str(config)], **ordinary())
        try:
            deadline = time.monotonic() + PATIENCE
            while not is_ready(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise PostgresFailed("PgBouncer does not start.")
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


def is_ready(port: int) -> bool:
    asked = [str(program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0


def program(name: str) -> Path:
    """Debian keeps most of PostgreSQL's programs, and all of PgBouncer, off an ordinary user's path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = [*debian[-1:], *(Path(place) for place in (shutil.which(name), f"/usr/sbin/{name}") if place)]
    for path in found:
        if path.exists():
            return path
    raise PostgresFailed(f"There is no {name} here; `make test` installs it.")


def run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False, **ordinary())
    printed: str = done.stdout
    if done.returncode != 0:
        raise PostgresFailed(f"{' '.join(command)}: {printed}{done.stderr}")
    return printed.strip()


def ordinary() -> dict[str, Any]:
    """For a process that must not be root's."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if os.getuid() != 0:
        return {"env": environment, "cwd": "/"}
    group = pwd.getpwnam(ORDINARY).pw_gid
    return {"env": environment, "cwd": "/", "user": ORDINARY, "group": group, "extra_groups": []}


@contextmanager
def ordinary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="antrean-postgres-") as name:
        if os.getuid() == 0:
            shutil.chown(name, ORDINARY)
        yield Path(name)
