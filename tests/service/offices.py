"""A running server with so many branches that every test can have one to itself, and an administrator's key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import Server, running_server
from tests.service.plans import Plan, a_branch, write_setup

BRANCHES = 300


@dataclass
class Office:
    server: Server
    administrator: str
    branches: Iterator[str] = field(repr=False)

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def folder(self) -> Path:
        return self.server.data_dir


@contextmanager
def running_office(folder: Path, branches: list[Plan], extra_env: Mapping[str, str] | None = None) -> Iterator[Office]:
    setup = write_setup(folder / "setup.yaml", branches)
    with running_server(folder / "data", extra_env=extra_env, setup=setup) as server:
        yield Office(server, server.key("administrator"), iter([branch["id"] for branch in branches]))


def many_branches() -> list[Plan]:
    return [a_branch(f"cabang-{n}") for n in range(1, BRANCHES + 1)]
