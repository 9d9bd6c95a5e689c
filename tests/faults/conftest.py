"""Each row of the catalogue reports what it counted; a run ends with the table."""

from __future__ import annotations

import pytest

from tests.faults.rows import Count, Found, Report, table

_FOUND = pytest.StashKey[list[Found]]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Prints a row's counts and keeps them for the table. What should be nothing is asserted to be nothing."""

    def note(row: str, what: str, count: Count) -> None:
        found = Found(row, what, count)
        print(f"\n{found}")
        request.config.stash.setdefault(_FOUND, []).append(found)
        assert (count.lost, count.duplicated, count.unexpected) == (0, 0, 0), found

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(_FOUND, [])
    if found:
        terminalreporter.section("faults")
        for line in table(found):
            terminalreporter.write_line(line)
