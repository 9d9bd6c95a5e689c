"""The peers: servers of other make that keep the newest state of one queue and push each new one to all who watch.

Each is as lean as it idiomatically can be, and set as its own documentation advises for speed: no compression, no
pings, no log of who came. A publisher brings the states: by HTTP POST, or over a connection of its own.
"""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.sync.client import connect

from loadtests.broadcast import frame_of
from loadtests.fanout import INTERVAL, paced
from loadtests.processes import family
from loadtests.server import PATIENCE, free_port, running

HERE = Path(__file__).parent
INSTALLED = HERE.parent / "build" / "peers"  # what scripts/need-peers brings
PUBLISH = "/publish"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")  # where Debian puts it
NODE = (("NODE_PATH", str(INSTALLED / "node_modules")),)
SOCKETIFY = (("PYTHONPATH", str(INSTALLED / "socketify")),)
SYSTEM = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # not every user's PATH has the latter

HandOver = Callable[[str], None]
Publishing = Callable[[int], AbstractContextManager[HandOver]]  # to a port


class Absent(Exception):
    """This peer cannot be had here; says why in a word."""


@dataclass
class Running:
    """A peer that serves."""

    port: int
    pid: int
    publishing: Publishing
    seq: int = 0

    @property
    def processes(self) -> list[int]:
        """Once it has answered something: nginx listens before its worker lives."""
        return family(self.pid)

    def publish(self, sizes: Sequence[int]) -> None:
        """States of these sizes, ten a second, each stamped with the moment at which it was due to be handed over."""
        with self.publishing(self.port) as hand_over:
            start = time.time()
            for n in paced(len(sizes)):
                self.seq += 1
                hand_over(frame_of(self.seq, sizes[n], start + n * INTERVAL))


@dataclass(frozen=True)
class Peer:
    name: str
    versions: Callable[[], str]  # of what it is made of; raises Absent
    command: Callable[[int, Path], Sequence[str]]  # for a port and a folder of its own
    publishing: Publishing
    environment: tuple[tuple[str, str], ...] = ()

    @contextmanager
    def serve(self, folder: Path) -> Iterator[Running]:
        port = free_port()
        with running(self.command(port, folder), port, os.environ | dict(self.environment)) as pid:
            yield Running(port, pid, self.publishing)


@contextmanager
def by_post(port: int) -> Iterator[HandOver]:
    def hand_over(state: str) -> None:
        connection.request("POST", PUBLISH, state.encode())
        response = connection.getresponse()
        response.read()
        if not 200 <= response.status < 300:
            raise SystemExit(f"POST {PUBLISH}: {response.status}")

    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        yield hand_over


@contextmanager
def by_socket(port: int) -> Iterator[HandOver]:
    with connect(f"ws://127.0.0.1:{port}{PUBLISH}", compression=None, ping_interval=None) as connection:
        yield connection.send


def printed(*command: str, **environment: str) -> str:
    try:
        done = subprocess.run(
            command, env=os.environ | {"PATH": SYSTEM} | environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Absent(f"{command[0]} is not installed") from None
    told = (done.stdout + done.stderr).strip().splitlines() or [f"{command[0]} said nothing"]
    if done.returncode:
        raise Absent(told[-1])
    return told[-1]


def python(module: str) -> Callable[[int, Path], Sequence[str]]:
    return lambda port, _: [sys.executable, str(HERE / f"{module}.py"), str(port)]


def node(port: int, _: Path) -> Sequence[str]:
    return ["node", str(HERE / "by_ws.cjs"), str(port)]


def python_versions(*packages: str, **environment: str) -> str:
    """Imported too: a library of C that does not load is not there."""
    code = "; ".join(f"import {name}; print('{name}', version('{name}'), end=' ')" for name in packages)
    return printed(sys.executable, "-c", f"from importlib.metadata import version; {code}", **environment)


def socketify_versions() -> str:
    if not (INSTALLED / "socketify").exists():
        raise Absent("socketify is not installed")
    return python_versions("socketify", **dict(SOCKETIFY))


def websockets_versions() -> str:
    return python_versions("websockets", "uvloop")


def fastapi_versions() -> str:
    return python_versions("fastapi", "uvicorn", "uvloop")


def node_versions() -> str:
    if not (INSTALLED / "node_modules" / "ws").exists():
        raise Absent("ws is not installed")
    version = "require('ws/package.json').version"
    return printed("node", "-p", f"'node ' + process.version.slice(1) + ' ws ' + {version}", **dict(NODE))


def nchan_versions() -> str:
    if not NCHAN_MODULE.exists():
        raise Absent("libnginx-mod-nchan is not installed")
    nginx = printed("nginx", "-v").rpartition("/")[2]
    return f"nginx {nginx} Nchan {printed('dpkg-query', '-W', '-f', '${Version}', 'libnginx-mod-nchan')}"


def nchan(port: int, folder: Path) -> Sequence[str]:
    nginx = shutil.which("nginx", path=SYSTEM)
    assert nginx is not None, "nobody asked whether nginx is installed"
    written = (HERE / "by_nchan.conf").read_text()
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for name, value in {"MODULE": NCHAN_MODULE, "FILES": min(files, 65_536), "PORT": port}.items():
        written = written.replace(f"@{name}@", str(value))
    plan = folder / "nginx.conf"
    plan.write_text(written)
    return [nginx, "-p", str(folder), "-c", str(plan), "-e", "stderr"]


PEERS = (
    Peer("nginx with Nchan", nchan_versions, nchan, by_post),
    Peer("socketify (uWebSockets)", socketify_versions, python("by_socketify"), by_post, SOCKETIFY),
    Peer("Node with `ws`", node_versions, node, by_post, NODE),
    Peer("`websockets` with `broadcast()`", websockets_versions, python("by_websockets"), by_socket),
    Peer("FastAPI WebSocket route", fastapi_versions, python("by_fastapi"), by_post),
)


def raise_file_limit() -> None:
    """Most systems let a process begin with 1,024 open files; what is started from here inherits more."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
