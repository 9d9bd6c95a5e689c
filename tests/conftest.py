"""What every test may ask for."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.faults.rows import FOUND, Found, table
from tests.postgres import Postgres, running_postgres
from tests.redis import Redis, running_redis
from tests.servers import Server, running_server

# The first has no windows, and makes a context with its page at a tenth of the cost.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# How long an example takes says more of who else uses the machine than of what is tested.
settings.register_profile("antrean", deadline=None, max_examples=60)
settings.load_profile("antrean")

LONG = {"backups", "browser", "demo", "faults", "integrations", "loadtests", "service"}  # they start processes
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: with one of them last, the other processes would have nothing left to do beside it."""
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server of the example agencies, with nobody in it yet."""
    with running_server(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """For tests that leave it as they found it; whoever wants to kill one starts one of their own."""
    with running_redis() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for longer: while Playwright is there, its event loop runs in this thread, and no other can."""
    with sync_playwright() as playwright:
        started = launch_chromium(playwright)
        yield started
        started.close()


def launch_chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)


def find_chromium() -> str:
    """The path of a Chromium of this machine, or a failure: pages that nobody looked at are not tested."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else CHROMIUM_NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    pytest.fail(
        f"CHROMIUM={named} is no program." if named else "There is no Chromium here: run `make browser`, or install it."
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of faults. It stands here because the process that shares out the tests loads no deeper one."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    told = [
        value for report in reports if report.when == "call" for name, value in report.user_properties if name == FOUND
    ]
    if found := [Found(*values) for values in told]:
        terminalreporter.section("faults")
        for line in table(found):
            terminalreporter.write_line(line)
