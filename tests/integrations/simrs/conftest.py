from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mariadb import Mariadb, running_mariadb


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    with running_mariadb() as server:
        yield server
