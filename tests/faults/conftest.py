"""Each row of the catalogue reports what it counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple

import pytest

from tests.faults.rows import FOUND, Count, Found, Report
from tests.service.ledgers import Account

FAULTS_SHOWN = 5


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
