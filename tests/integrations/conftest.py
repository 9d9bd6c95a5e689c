from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.postgres import Postgres

NewAddress = Callable[[str], str]
KINDS = ("sqlite", "postgresql")
# For what takes long; the other kind is tried with everything else that is slow.
KIND_AT_ONCE = (pytest.param("sqlite", marks=pytest.mark.slow), "postgresql")


@pytest.fixture
def new_address(request: pytest.FixtureRequest) -> NewAddress:
    def make(kind: str) -> str:
        if kind == "sqlite":
            return ""
        server: Postgres = request.getfixturevalue("postgres")
        return server.address(server.new_database())

    return make
