"""Each row of the catalogue reports what it counted; a run ends with the table."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.rows import Count, Found, Report, table
from tests.service.ledgers import Account

FAULTS_SHOWN = 5
_FOUND = pytest.StashKey[list[Found]]()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Prints a row's counts and keeps them for the table. What should be nothing is asserted to be nothing."""

    def note(row: str, what: str, count: Count | Account, faults: Sequence[str] = ()) -> None:
        if isinstance(count, Account):
            print("", *count.wrongs()[:FAULTS_SHOWN], sep="\n  ")
            count = Count.of(count)
        found = Found(row, what, count.with_faults(faults))
        print(f"\n{found}", *faults[:FAULTS_SHOWN], sep="\n  ")
        request.config.stash.setdefault(_FOUND, []).append(found)
        assert found.count.is_clean, found

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash.get(_FOUND, [])
    if found:
        terminalreporter.section("faults")
        for line in table(found):
            terminalreporter.write_line(line)
