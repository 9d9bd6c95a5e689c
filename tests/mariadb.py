"""A real MariaDB for tests, on loopback and a port of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymysql

from tests.postgres import ORDINARY, ordinary
from tests.servers import free_port

ROOT = "root"
TEMPORARY = "temporary"
PATIENCE = 60  # seconds
LACKING = Path(__file__).parent / "integrations" / "simrs" / "build" / ".lacking"
# With these it writes what changes into its log, row by row, with the names of the columns.
LOGGING = ("--log-bin=log", "--server-id=1", "--binlog-format=ROW", "--binlog-row-metadata=FULL")
# Nothing here needs to outlive the machine.
HASTY = (
    "--skip-name-resolve",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=32M",
    "--innodb-fast-shutdown=2",
)


class MariadbFailed(Exception):
    """Says what the program printed."""


class NoMariadb(MariadbFailed):
    """It cannot be had on this machine."""


@dataclass
class Mariadb:
    port: int
    folder: Path
    options: Sequence[str] = ()
    databases: int = 0
    _process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise MariadbFailed("MariaDB was never started.")
        return self._process

    @property
    def certificate(self) -> Path:
        """Its own, which no authority vouches for."""
        return self.folder / "certificate.pem"

    def connect(self, database: str | None = None) -> pymysql.Connection:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=ROOT, database=database, autocommit=True, charset="utf8mb4"
        )

    def new_database(self, charset: str) -> str:
        self.databases += 1
        name = f"sik_{self.databases}"
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET {charset}")
        return name

    def start(self) -> None:
        places = [f"--datadir={self.folder / 'rows'}", f"--socket={self.folder / 'socket'}"]
        places += [f"--pid-file={self.folder / 'pid'}", f"--port={self.port}", "--bind-address=127.0.0.1"]
        tls = [f"--ssl-cert={self.certificate}", f"--ssl-key={self.certificate.with_suffix('.key')}"]
        command = [*tied(), str(program("mariadbd")), "--no-defaults", *places, *tls, *HASTY, *self.options]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for whoever started it
                **apart(self.folder),
            )
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise MariadbFailed((self.folder / "log").read_text(errors="replace"))
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            self.connect().close()
        except pymysql.err.OperationalError:
            return False
        return True

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


@contextmanager
def running_mariadb(*options: str) -> Iterator[Mariadb]:
    with tempfile.TemporaryDirectory(prefix="antrean-mariadb-") as name:
        folder = Path(name)
        (folder / TEMPORARY).mkdir()
        if os.getuid() == 0:
            for each in (folder, folder / TEMPORARY):
                shutil.chown(each, ORDINARY)
        rows = [f"--datadir={folder / 'rows'}", "--auth-root-authentication-method=normal", "--skip-test-db"]
        made = subprocess.run(
            [str(program("mariadb-install-db")), "--no-defaults", *rows],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **apart(folder),
        )
        if made.returncode != 0:
            raise MariadbFailed(f"{made.stdout}{made.stderr}")
        server = Mariadb(free_port(), folder, options)
        make_certificate(server.certificate)
        server.start()
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.stop()


def apart(folder: Path) -> dict[str, Any]:
    """With a place of its own for what is temporary: as it starts, it clears that of everybody who shares it."""
    process = ordinary()
    return {**process, "env": {**process["env"], "TMPDIR": str(folder / TEMPORARY)}}


def make_certificate(path: Path) -> None:
    kind = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    made = ["openssl", "req", "-x509", *kind.split(), "-nodes", "-days", "2", "-out", str(path)]
    made += ["-keyout", str(path.with_suffix(".key"))]
    subprocess.run(made, check=True, capture_output=True, timeout=PATIENCE, **ordinary())


def tied() -> list[str]:
    """Before a command that is to end with whoever starts it, even when that one is killed."""
    return ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def program(name: str) -> Path:
    """Raises NoMariadb, with what `make` has said about why there is none."""
    for place in (shutil.which(name), f"/usr/sbin/{name}"):
        if place and Path(place).exists():
            return Path(place)
    if LACKING.exists():
        raise NoMariadb(LACKING.read_text().strip())
    raise MariadbFailed(f"There is no {name} here; `make test` installs it.")
