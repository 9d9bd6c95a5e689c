"""Each row of the catalogue reports what it counted; a run ends with the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import pytest

from tests.faults.rows import Count, Found, Report, table
from tests.service.ledgers import Account

FAULTS_SHOWN = 5
FOUND = "found"


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Prints a row's counts and keeps them for the table. What should be nothing is asserted to be nothing."""

    def note(row: str, what: str, count: Count | Account, faults: Sequence[str] = ()) -> None:
        if isinstance(count, Account):
            print("", *count.wrongs()[:FAULTS_SHOWN], sep="\n  ")
            count = Count.of(count)
        count = count.with_faults(faults)
        found = Found(row, what, str(count))
        print(f"\n{found}", *faults[:FAULTS_SHOWN], sep="\n  ")
        request.node.user_properties.append((FOUND, astuple(found)))  # which one process tells another
        assert count.is_clean, found

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    told = [
        value for report in reports if report.when == "call" for name, value in report.user_properties if name == FOUND
    ]
    if found := [Found(*values) for values in told]:
        terminalreporter.section("faults")
        for line in table(found):
            terminalreporter.write_line(line)
