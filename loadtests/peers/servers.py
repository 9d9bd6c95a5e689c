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
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from websockets.sync.client import connect

from loadtests.server import PATIENCE, free_port, running

HERE = Path(__file__).parent
INSTALLED = HERE.parent / "build" / "peers"  # what scripts/need-peers brings
PUBLISH = "/publish"
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")  # where Debian puts it
SYSTEM = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # not every user's PATH has the latter

Publish = Callable[[str], None]


class Absent(Exception):
    """This peer cannot be had here; says why in a word."""


@dataclass(frozen=True)
class Peer:
    name: str
    versions: Callable[[], str]  # of what it is made of; raises Absent
    command: Callable[[int, Path], Sequence[str]]  # for a port and a folder of its own
    publishing: Callable[[int], AbstractContextManager[Publish]]
    environment: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def serve(self, folder: Path) -> Iterator[tuple[int, int]]:
        """Its port and the id of its first process."""
        port = free_port()
        with running(self.command(port, folder), port, os.environ | self.environment) as pid:
            yield port, pid


@contextmanager
def by_post(port: int) -> Iterator[Publish]:
    def publish(state: str) -> None:
        connection.request("POST", PUBLISH, state.encode())
        response = connection.getresponse()
        response.read()
        if not 200 <= response.status < 300:
            raise SystemExit(f"POST {PUBLISH}: {response.status}")

    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        yield publish


@contextmanager
def by_socket(port: int) -> Iterator[Publish]:
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


def of_python(module: str) -> Callable[[int, Path], Sequence[str]]:
    return lambda port, _: [sys.executable, str(HERE / f"{module}.py"), str(port)]


def python_versions(*packages: str, **environment: str) -> str:
    """Imported too: a library of C that does not load is not there."""
    code = "; ".join(f"import {name}; print('{name}', version('{name}'), end=' ')" for name in packages)
    return printed(sys.executable, "-c", f"from importlib.metadata import version; {code}", **environment)


def node_versions() -> str:
    if not (INSTALLED / "node_modules" / "ws").exists():
        raise Absent("ws is not installed")
    version = "require('ws/package.json').version"
    return printed("node", "-p", f"'Node ' + process.version.slice(1) + ' ws ' + {version}", **NODE)


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


NODE = {"NODE_PATH": str(INSTALLED / "node_modules")}
SOCKETIFY = {"PYTHONPATH": str(INSTALLED / "socketify")}

PEERS = (
    Peer("nginx with Nchan", nchan_versions, nchan, by_post),
    Peer("socketify (uWebSockets)", lambda: python_versions("socketify", **SOCKETIFY), of_python("by_socketify"), by_post, SOCKETIFY),
    Peer("Node with `ws`", node_versions, lambda port, _: ["node", str(HERE / "by_ws.cjs"), str(port)], by_post, NODE),
    Peer("`websockets` with `broadcast()`", lambda: python_versions("websockets", "uvloop"), of_python("by_websockets"), by_socket),
    Peer("FastAPI WebSocket route", lambda: python_versions("fastapi", "uvicorn", "uvloop"), of_python("by_fastapi"), by_post),
)


def raise_file_limit() -> None:
    """Most systems let a process begin with 1,024 open files; what is started from here inherits more."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
