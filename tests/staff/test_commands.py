"""`antrean staff`, and accounts from the set-up file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from queue_service.cli import main
from queue_service.database import migrate, open_database
from queue_service.records.audit import read_audit
from queue_service.records.roles import Role
from queue_service.records.setup_files import SetupRefused, read_setup
from queue_service.records.staff.accounts import Account, read_accounts
from queue_service.records.staff.grants import Grant
from queue_service.setting_up import set_up
from tests.houses import LAHAT, RSUD

STAFF = """
staff:
  - login: petugas
    name: Petugas
    openid: Petugas@rsud.example
    grants: [{role: clerk, branch: rsud-lahat, queues: [farmasi]}, {role: head}]
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("ANTREAN_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("ANTREAN_DATABASE_URL", raising=False)
    runner = CliRunner()
    assert runner.invoke(main, ["setup", str(LAHAT)]).exit_code == 0
    return runner


def told(run: CliRunner, *arguments: str, code: int = 0) -> str:
    result: Result = run.invoke(main, ["staff", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_a_person_from_the_first_day_to_the_last(run: CliRunner) -> None:
    assert "no accounts yet" in told(run, "list")
    made = told(
        run, "add", "Petugas", "--name", "Petugas Farmasi", "--role", "clerk", "--branch", RSUD, "--queue", "farmasi"
    )
    password = re.compile(r"^([a-z2-9]{5}-){3}[a-z2-9]{5}$", re.MULTILINE)
    assert password.search(made)
    assert told(run, "list") == f"petugas  Petugas Farmasi  clerk of {RSUD} (farmasi), password\n"
    told(run, "grant", "petugas", "--role", "supervisor", "--branch", RSUD)
    told(run, "revoke", "petugas", "--role", "clerk", "--branch", RSUD)
    told(run, "disable", "petugas")
    assert told(run, "list") == f"petugas  Petugas Farmasi  supervisor of {RSUD}, password, disabled\n"
    assert "already" in told(run, "disable", "petugas")
    told(run, "enable", "petugas")
    assert "as petugas@rsud.example" in told(run, "openid", "petugas", "petugas@rsud.example")
    assert told(run, "list").endswith("password or openid\n")
    assert "does not" in told(run, "openid", "petugas")
    again = told(run, "password", "petugas")
    assert password.search(again) and password.findall(again) != password.findall(made)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "petugas", "--name", "Lain", "--role", "head"], "is taken"),
        (["add", "r", "--name", "R", "--role", "head"], "2 to 64"),
        (["add", "lain", "--name", " ", "--role", "head"], "1 to 80"),
        (["add", "lain", "--name", "Lain", "--role", "clerk", "--branch", "nowhere"], "no branch"),
        (["add", "lain", "--name", "Lain", "--role", "clerk", "--branch", RSUD, "--queue", "x"], "no queue"),
        (["add", "lain", "--name", "Lain", "--role", "clerk", "--queue", "farmasi"], "which branch"),
        (["grant", "nobody", "--role", "head"], "no account"),
        (["revoke", "petugas", "--role", "clerk"], "was not clerk"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(run: CliRunner, arguments: list[str], words: str) -> None:
    told(run, "add", "petugas", "--name", "Petugas", "--role", "head")
    before = told(run, "list")
    assert words in told(run, *arguments, code=1)
    assert told(run, "list") == before


def test_keys_have_names_ends_and_scopes(run: CliRunner) -> None:
    create = ["key", "create", "--role", "integration", "--name", "SIMRS", "--days", "30"]
    refused = run.invoke(main, create)
    assert refused.exit_code == 1 and "names what it may do" in refused.output
    assert run.invoke(main, [*create, "--scope", "staff:write"]).exit_code == 1
    assert run.invoke(main, [*create, "--scope", "queues:read"]).output.startswith("antrean_")


async def test_accounts_come_from_the_set_up_file_and_stay_as_it_says(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'antrean.db'}")
    await migrate(database)

    async def take_up(text: str) -> list[str]:
        plan = read_setup(LAHAT.read_text() + text, "setup.yaml")
        changed = (await database.write(lambda connection: set_up(connection, plan)))[0]
        return [each for each in changed if each.startswith("account")]

    assert await take_up(STAFF) == ["account petugas"]
    assert await take_up(STAFF) == []

    def read(connection: Connection) -> list[Account]:
        return list(read_accounts(connection).values())

    (petugas,) = await database.read(read)
    assert (petugas.openid_name, petugas.has_password) == ("petugas@rsud.example", False)
    assert set(petugas.grants) == {Grant(Role.CLERK, RSUD, frozenset({"farmasi"})), Grant(Role.HEAD)}
    assert await take_up(STAFF.replace(", {role: head}", "").replace("name: Petugas", "name: Petugas H.")) == [
        "account petugas"
    ]
    assert await take_up("") == []
    (petugas,) = await database.read(read)
    assert (petugas.name, len(petugas.grants)) == ("Petugas H.", 1)
    trail = [each.deed.what for each in await database.read(read_audit)]
    assert trail.count("account.granted") == 2 and trail.count("account.added") == 1
    await database.close()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("branch: rsud-lahat", "branch: nowhere", "not among the branches"),
        ("[farmasi]", "[kasir]", "not among the queues"),
        ("branch: rsud-lahat, ", "", "expected “branch” beside “queues”"),
        ("role: head", "role: device", "role"),
        ("login: petugas", "login: Petugas Farmasi", "small letters"),
        ("name: Petugas", "name: Petugas, password: rahasia", "password"),
    ],
)
def test_what_cannot_be_set_up_is_refused(before: str, after: str, words: str) -> None:
    text = STAFF.replace(before, after, 1)
    if "password" in after:
        text = STAFF.replace("    name: Petugas\n", "    name: Petugas\n    password: rahasia\n")
    with pytest.raises(SetupRefused, match=words):
        read_setup(LAHAT.read_text() + text, "setup.yaml")


def test_a_login_stands_once(tmp_path: Path) -> None:
    twice = STAFF + STAFF.split("staff:\n")[1]
    with pytest.raises(SetupRefused, match="“petugas” stands twice"):
        read_setup(LAHAT.read_text() + twice, "setup.yaml")
