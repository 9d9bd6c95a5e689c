"""What `antrean deliveries` says, and what the command line loads for it."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from queue_service.cli import main
from queue_service.database import migrate, open_database
from queue_service.records.tables import connections, deliveries
from tests.integrations.stages import a_connection, write_connections

DAY = date(2026, 11, 23)
SETTINGS = {"url": "https://agency.example/"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    return tmp_path


def antrean(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_help_names_the_commands_that_were_added_and_loads_little() -> None:
    asked = (
        "import sys; from click.testing import CliRunner; from queue_service.cli import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "print('loaded:', *{'sqlalchemy', 'pydantic', 'httpx2', 'integrations.run'} & sys.modules.keys())"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60).stdout
    assert "deliveries" in told
    assert "integrations" in told
    assert told.endswith("loaded:\n")


def test_a_command_that_nobody_added_is_refused() -> None:
    assert "No such command" in antrean("delivery").output


def test_without_connections_there_is_nothing_to_list(folder: Path) -> None:
    assert antrean("deliveries", "list").output == "No connection is set up.\n"
    unknown = antrean("deliveries", "list", "agency")
    assert unknown.exit_code == 1
    assert "There is no connection “agency”. Set up are: none." in unknown.output


def test_set_up_tells_of_connections_that_come_and_go(folder: Path) -> None:
    with_one = write_connections(folder / "one.yaml", [a_connection("agency", SETTINGS)])
    assert antrean("setup", str(with_one)).output == "Set up: cabang, connection agency.\n"
    assert antrean("setup", str(with_one)).output == "Everything was set up so already.\n"
    without = write_connections(folder / "none.yaml", [])
    assert antrean("setup", str(without)).output == (
        "Gone, since the file does not name them any more: connection agency.\n"
    )


@pytest.fixture
async def one_is_given_up(folder: Path) -> None:
    """Entry 1 is, and 2 and 3 wait behind it; entry 4 is another ticket's, and waits for its next try."""
    database = open_database(f"sqlite:///{folder / 'antrean.db'}")
    await migrate(database)
    plan = '{"id": "agency", "system": "webhook", "settings": {"url": "https://agency.example/"}}'
    place = {"connection": "agency", "branch": "cabang", "day": DAY, "refusals": 0, "since_ms": 0}
    rows = [
        {"seq": 1, "lane": "A-001", "state": "dead", "failures": 3, "error": "it answered 422", "next_at_ms": 0},
        {"seq": 2, "lane": "A-001", "state": "behind", "failures": 0, "error": "", "next_at_ms": 0},
        {"seq": 3, "lane": "A-001", "state": "behind", "failures": 0, "error": "", "next_at_ms": 0},
        {"seq": 4, "lane": "A-002", "state": "waiting", "failures": 1, "error": "no answer", "next_at_ms": 1},
    ]
    await database.write(lambda c: c.execute(insert(connections).values(id="agency", plan=plan, version=1, until_ms=0)))
    await database.write(lambda c: c.execute(insert(deliveries), [{**place, **row} for row in rows]))
    await database.close()


@pytest.mark.usefixtures("one_is_given_up")
def test_what_is_given_up_and_what_waits_is_listed_in_plain_words() -> None:
    first, dead, waiting = antrean("deliveries", "list", "agency").output.splitlines()
    assert first == "agency (webhook): 0 entries of the journals still to be read"
    assert dead.startswith("  given up  cabang/2026-11-23/1  A-001 unknown, since ")
    assert dead.endswith("; 2 more of it wait behind: it answered 422")
    assert waiting.startswith("  waiting   cabang/2026-11-23/4  A-002 ")
    assert waiting.endswith(": no answer")
    assert "next try" in waiting


@pytest.mark.usefixtures("one_is_given_up")
def test_what_is_dropped_lets_the_next_go() -> None:
    assert antrean("deliveries", "drop", "agency").exit_code == 2
    assert antrean("deliveries", "drop", "agency", "--all", "cabang/2026-11-23/1").exit_code == 2
    assert antrean("deliveries", "drop", "agency", "--all").output == "1 entry will not be delivered.\n"
    assert "waiting   cabang/2026-11-23/2  A-001" in antrean("deliveries", "list").output
    assert antrean("deliveries", "drop", "agency", "--all").output == "Nothing was given up.\n"
    both = ("cabang/2026-11-23/2", "cabang/2026-11-23/3")
    assert antrean("deliveries", "drop", "agency", *both).output == "2 entries will not be delivered.\n"
    assert "A-001" not in antrean("deliveries", "list").output


@pytest.mark.usefixtures("one_is_given_up")
def test_what_was_given_up_waits_for_another_try() -> None:
    assert antrean("deliveries", "retry", "agency").output == "1 entry will be tried again.\n"
    assert "given up" not in antrean("deliveries", "list").output
    assert antrean("deliveries", "retry", "agency").output == "Nothing was given up.\n"


@pytest.mark.usefixtures("one_is_given_up")
@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("cabang/2026-11-23/9", "has no delivery cabang/2026-11-23/9"),
        ("cabang/2026-11-23", "is not written as BRANCH/DAY/NUMBER"),
        ("cabang/today/1", "is not written as BRANCH/DAY/NUMBER"),
        ("cabang/2026-11-23/2", "waits behind another of A-001"),
    ],
)
def test_an_entry_that_cannot_be_retried_is_a_sentence(entry: str, told: str) -> None:
    refused = antrean("deliveries", "retry", "agency", entry)
    assert refused.exit_code == 1
    assert told in refused.output
