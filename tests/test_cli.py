from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from queue_service.cli import main
from tests.houses import LAHAT
from tests.servers import ROOT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ANTREAN_MAX_CONNECTIONS", "500")
    return tmp_path


def antrean(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_doctor_sends_a_newcomer_from_nothing_to_a_service_that_can_start(folder: Path) -> None:
    first = antrean("doctor")
    assert first.exit_code == 1
    assert "antrean setup" in first.output
    assert antrean("setup", str(LAHAT)).exit_code == 0
    assert antrean("key", "create", "--role", "administrator").exit_code == 0
    healthy = antrean("doctor")
    assert healthy.exit_code == 0, healthy.output
    assert "MEND" not in healthy.output


def test_the_doctor_finds_a_secret_that_others_read(folder: Path) -> None:
    antrean("doctor")
    (folder / "secret").chmod(0o644)
    assert "chmod 600" in antrean("doctor").output


def test_the_doctor_finds_entries_that_are_missing(folder: Path) -> None:
    antrean("doctor")
    with sqlite3.connect(folder / "antrean.db") as database:
        row = ("rsud-lahat", "2026-11-23", 2, 0, "visitor", "cancelled", "{}")
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    assert "Entries are missing from the journal of rsud-lahat on 2026-11-23" in antrean("doctor").output


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ANTREAN_DATABASE_URL", "mysql://localhost/x", "sqlite:///… or postgresql://…"),
        ("ANTREAN_DATABASE_URL", "sqlite:////nowhere/at/all.db", "no folder /nowhere/at"),
        ("ANTREAN_SECRET", "short", "at least 16 characters"),
    ],
)
def test_the_doctor_says_which_setting_is_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    found = antrean("doctor")
    assert found.exit_code == 1
    assert told in found.output


@pytest.mark.parametrize(
    ("variable", "value"), [("MAX_CONNECTIONS", "many"), ("MAX_CONNECTIONS", "0"), ("RATE_LIMITS", "yes")]
)
def test_a_setting_that_cannot_be_read_is_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"ANTREAN_{variable}", value)
    refused = antrean("doctor")
    assert refused.exit_code == 1
    assert f"ANTREAN_{variable}: expected" in refused.output


def test_a_set_up_with_a_fault_names_the_line_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    assert antrean("setup", str(LAHAT)).exit_code == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text(LAHAT.read_text().replace("prefix: A", "prefix: first", 1))
    refused = antrean("setup", str(broken))
    assert refused.exit_code == 1
    assert "line 12: branches › 1 › queues › 1 › prefix: expected one to three capital letters" in refused.output
    assert antrean("setup", str(LAHAT)).output == "Everything was set up so already.\n"


def test_a_key_is_for_a_branch_that_exists(folder: Path) -> None:
    antrean("setup", str(LAHAT))
    assert antrean("key", "create", "--role", "clerk").exit_code == 2
    refused = antrean("key", "create", "--role", "clerk", "--branch", "nowhere")
    assert (refused.exit_code, "nowhere" in refused.output) == (1, True)
    made = antrean("key", "create", "--role", "clerk", "--branch", "rsud-lahat").output.strip()
    assert antrean("key", "revoke", made.split("_")[1]).exit_code == 0
    assert antrean("key", "revoke", made.split("_")[1]).exit_code == 1


def test_every_command_that_the_docs_name_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "integrations").rglob("README.md")]
    told = {line for page in pages for line in commands_in(page.read_text(encoding="utf-8"))}
    assert len(told) > 30
    assert [line for line in sorted(told) if not is_known(line)] == []
    assert not is_known("people sell") and not is_known("fly")


def commands_in(text: str) -> Iterator[str]:
    """The words after `antrean`, where it is written as a command."""
    for line in re.findall(r"(?:`|^ {4}|bin/|exec web |web )antrean ([a-z][a-z -]*)", text, re.MULTILINE):
        yield line.strip()


def is_known(line: str) -> bool:
    """Of a group, its command too, where the line goes on."""
    group: click.Command | None = main
    for word in line.split():
        if not isinstance(group, click.Group):
            return True
        group = group.get_command(click.Context(group), word)
    return group is not None
