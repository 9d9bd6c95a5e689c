from collections.abc import Iterator

import pytest

from tests.service.offices import Office, many_branches, running_office


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One running server for every test that can share it; each takes a branch of its own there."""
    with running_office(tmp_path_factory.mktemp("office"), many_branches()) as running:
        yield running


@pytest.fixture
def branch(office: Office) -> str:
    """A branch that no other test has touched."""
    return next(office.branches)
