from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.mariadb import Mariadb, NoMariadb, running_mariadb


@contextmanager
def a_server(*options: str) -> Iterator[Mariadb]:
    """Or the test is skipped with its reason."""
    with ExitStack() as running:
        try:
            server = running.enter_context(running_mariadb(*options))
        except NoMariadb as lacking:
            pytest.skip(str(lacking))
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    with a_server() as server:
        yield server
