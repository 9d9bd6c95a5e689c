"""Two processes on one database, of each kind that there is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.servers import Server
from tests.service.journals import DATABASE, InPostgres, Store
from tests.service.plans import Plan, write_setup

KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow), "postgresql and redis")


@dataclass
class Pair:
    servers: tuple[Server, Server]
    key: str
    store: Store

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    @property
    def address(self) -> str:
        return f"sqlite:///{self.store / DATABASE}" if isinstance(self.store, Path) else self.store.address


@contextmanager
def running_pair(request: pytest.FixtureRequest, folder: Path, plans: Sequence[Plan]) -> Iterator[Pair]:
    """Of the kind that `request` names."""
    setup = write_setup(folder / "setup.yaml", plans)
    data = folder / "data"
    data.mkdir()
    store: Store = data
    env = {}
    if "postgresql" in request.param:
        server: Postgres = request.getfixturevalue("postgres")
        store = InPostgres(server, server.new_database())
        env["ANTREAN_DATABASE_URL"] = store.address
    if "redis" in request.param:
        env["ANTREAN_REDIS_URL"] = request.getfixturevalue("redis").address
    with Server(data, setup=setup, extra_env=env) as first, Server(data, setup=None, extra_env=env) as second:
        yield Pair((first, second), first.key("administrator"), store)
