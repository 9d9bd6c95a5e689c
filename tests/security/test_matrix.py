"""Who may do what at which branch, at every door of the service."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from queue_service.app import make_app
from tests.security.callers import NAMES
from tests.security.doors import doors_of
from tests.security.matrix import Marks, a_busy_house, differences, measure, measure_all, table
from tests.security.rows import PAIRED_ROWS, ROWS, Row


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Marks, Marks]:
    return asyncio.run(measure_all(tmp_path_factory.mktemp("house")))


async def test_every_door_has_a_row(tmp_path: Path) -> None:
    async with a_busy_house(tmp_path) as house:
        doors = set(doors_of(make_app(house)))
    assert doors - ROWS.keys() == set(), "say in rows.py who may go through"
    assert ROWS.keys() - doors == set(), "there is no such door any more"


def test_everybody_is_let_in_or_refused_as_is_meant(measured: tuple[Marks, Marks]) -> None:
    everywhere, paired = measured
    assert differences(everywhere, ROWS) == []
    assert differences(paired, PAIRED_ROWS) == []


def test_no_caller_is_there_for_show(measured: tuple[Marks, Marks]) -> None:
    """Each is let in at some door and refused at another."""
    everywhere, _ = measured
    refused = {caller for (_, caller), mark in everywhere.items() if mark in ("401", "403", "404")}
    let_in = {caller for (_, caller), mark in everywhere.items() if mark == "yes"}
    assert refused == let_in == {caller for _, caller in everywhere}


async def test_a_wrong_row_is_found(tmp_path: Path) -> None:
    """Else the test above would say nothing."""
    call_next = ("POST", "/api/v1/branches/{branch}/counters/{counter}/call-next")
    branches = ("GET", "/api/v1/branches")
    bent = {call_next: replace(ROWS[call_next], may="cn"), branches: Row("c")}
    async with a_busy_house(tmp_path) as house:
        found = differences(await measure(house, bent, list(bent)), bent)
    assert "POST /api/v1/branches/{branch}/counters/{counter}/call-next: nobody hears 401, not yes" in found
    assert "POST /api/v1/branches/{branch}/counters/{counter}/call-next: supervisor hears yes, not 403" in found
    assert "GET /api/v1/branches: nobody hears yes, not 401" in found


def test_the_table_can_be_read() -> None:
    marks = {(("GET", "/"), caller): "403" for caller in NAMES} | {(("GET", "/"), "d"): "yes"}
    head, rule, row = table(marks).splitlines()
    assert head.startswith("| method | path | nobody | holder of the ticket | clerk |")
    assert head.count("|") == rule.count("|") == row.count("|")
    assert row.startswith("| GET | `/` | 403 |") and row.endswith("| 403 | · |")
