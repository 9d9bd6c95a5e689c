"""The commands, as a hospital's one person for computers meets them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from queue_service.cli import main
from tests.houses import LAHAT, RSUD, example


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path / "data"))
    assert antrean("setup", str(LAHAT)).exit_code == 0
    return tmp_path


def antrean(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_backup_says_what_it_holds_and_what_not_and_is_its_owners_alone(folder: Path) -> None:
    file = folder / "monday"
    told = antrean("backup", str(file))
    assert told.exit_code == 0, told.output
    assert f"{len(example().branches)} branches" in told.output
    assert f"The secret ({folder / 'data' / 'secret'}) is not in it" in told.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["data", "monday"]


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(folder: Path) -> None:
    file = folder / "monday"
    file.write_text("of last week")
    refused = antrean("backup", str(file))
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    assert file.read_text() == "of last week"
    assert antrean("backup", "--force", str(file)).exit_code == 0
    assert antrean("restore", str(file)).exit_code == 0


def test_what_an_interrupted_backup_left_is_in_nobodys_way(folder: Path) -> None:
    part = folder / "monday.part"
    part.write_bytes(bytes(100_000))
    part.chmod(0o644)
    assert antrean("backup", str(folder / "monday")).exit_code == 0
    assert stat.S_IMODE((folder / "monday").stat().st_mode) == 0o600
    assert antrean("restore", str(folder / "monday")).exit_code == 0
    assert not part.exists()


def test_a_backup_that_fails_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTREAN_DATABASE_URL", f"sqlite:///{folder / 'empty.db'}")
    refused = antrean("backup", str(folder / "monday"))
    assert (refused.exit_code, "no tables yet" in refused.output) == (1, True)
    assert not list(folder.glob("monday*"))


def test_a_backup_can_go_to_standard_output(folder: Path) -> None:
    told = antrean("backup", "-")
    assert "holds 0 entries" in told.stderr and ", 0 " not in told.stderr
    (folder / "piped").write_bytes(told.stdout_bytes)
    assert antrean("restore", str(folder / "piped")).exit_code == 0


def test_restored_elsewhere_it_says_which_numbers_are_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = antrean("key", "create", "--role", "clerk", "--branch", RSUD).output.split("_")[1]
    assert antrean("backup", str(folder / "monday")).exit_code == 0
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(folder / "new-machine"))
    told = antrean("restore", str(folder / "monday"))
    assert told.exit_code == 0, told.output
    assert "nobody knows here which numbers were given out after" in told.output
    assert "rsud-lahat, poli-anak: B-001 to B-200; the next is B-201" in told.output
    assert antrean("key", "revoke", key).exit_code == 0


def test_a_file_that_is_none_is_refused_in_one_sentence(folder: Path) -> None:
    for wrong in (LAHAT, folder / "nothing-there", folder):
        refused = antrean("restore", str(wrong))
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: ")
        assert refused.output.count("\n") == 1
