from __future__ import annotations

from pathlib import Path

import pytest

from queue_service.records.setup_files import SetupRefused, read_setup, read_setup_file
from queue_service.records.systems import settings_of

GOOD = """\
branches:
  - id: clinic
    name: {id: Klinik, en: Clinic}
    timezone: Asia/Jakarta
    classes:
      - {id: aged, name: Aged, minutes: 30}
    queues:
      - id: general
        name: Umum
        prefix: A
        quota: 30
        hours:
          - {days: [mon, fri], from: "08:00", to: "12:00"}
    counters:
      - {id: "1", name: Loket 1, queues: [general]}
"""


BILLION_LAUGHS = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


def refusal_of(text: str) -> str:
    with pytest.raises(SetupRefused) as refused:
        read_setup(text, "setup.yaml")
    return str(refused.value)


def test_a_good_file_becomes_a_branch() -> None:
    (plan,) = read_setup(GOOD, "setup.yaml").branches
    branch = plan.branch()
    assert branch.queue("general").prefix == "A"
    assert branch.counters["1"].queues == ("general",)
    assert branch.classes["aged"].minutes == 30
    assert branch.name.in_language("en") == "Clinic"
    assert branch.queue("general").hours[0].days == {1, 5}


@pytest.mark.parametrize("name", ["lahat.yaml", "office-hours.yaml"])
def test_the_examples_are_good(name: str) -> None:
    assert read_setup_file(Path(__file__).parents[2] / "examples" / name).branches


@pytest.mark.parametrize(
    ("change", "line", "expected"),
    [
        (("prefix: A", "prefix: a9"), 10, "prefix"),
        (("quota: 30", "quota: many"), 11, "quota"),
        (("quota: 30", "quotas: 30"), 11, "quotas"),
        (("timezone: Asia/Jakarta", "timezone: Lahat"), 4, "time zone"),
        (('from: "08:00"', 'from: "13:00"'), 13, "earlier"),
        (("days: [mon, fri]", "days: [monday]"), 13, "mon"),
        (("queues: [general]", "queues: [other]"), 2, "other"),
        (("- id: clinic", "- id: Clinic Two"), 2, "id"),
        (("minutes: 30", "minutes: -1"), 6, "minutes"),
        (("    quota: 30", "    quota: 30\n        prefix: B"), 12, "twice"),
        (("prefix: A", "prefix: [A"), 11, "not YAML"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_was_expected(
    change: tuple[str, str], line: int, expected: str
) -> None:
    told = refusal_of(GOOD.replace(*change))
    assert f"setup.yaml, line {line}:" in told
    assert expected in told


def test_all_faults_are_told_at_once() -> None:
    told = refusal_of(GOOD.replace("prefix: A", "prefix: a").replace("quota: 30", "quota: 0"))
    assert len(told.splitlines()) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "branches: []",
        "a: &a [*a]",
        "[" * 300,
        "[" * 5000,
        "{}: 1",
        BILLION_LAUGHS,
        "!!python/none x",
        "\0",
    ],
)
def test_whatever_is_no_set_up_is_refused_with_a_sentence(text: str) -> None:
    assert refusal_of(text).startswith("setup.yaml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "setup.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetupRefused, match="cannot be read"):
        read_setup_file(path)
    with pytest.raises(SetupRefused, match="cannot be read"):
        read_setup_file(tmp_path / "none.yaml")


CONNECTED = (
    GOOD
    + """\
connections:
  - id: agency
    system: webhook
    branches: [clinic]
    settings:
      url: https://agency.example/antrean
      events: [ticket.called]
"""
)


def test_a_connection_is_read_with_the_settings_of_its_system() -> None:
    (plan,) = read_setup(CONNECTED, "setup.yaml").connections
    settings = settings_of(plan)
    assert (plan.id, plan.system, plan.branches) == ("agency", "webhook", ["clinic"])
    assert settings.model_dump()["url"] == "https://agency.example/antrean"


@pytest.mark.parametrize(
    ("change", "line", "expected"),
    [
        (
            ("system: webhook", "system: fax"),
            18,
            "connections › 1 › system: expected a system that is known here (webhook), not “fax”",
        ),
        (("url: https", "address: https"), 21, "address"),
        (("https://agency", "ftp://agency"), 21, "url: expected an address such as"),
        (("https://agency", "https://a:b@agency"), 21, "without a name, a password"),
        (("https://agency", "http://agency"), 20, "expected “url” to begin with https://"),
        (("https://agency.example", "https://10.0.0.1"), 20, "not 10.0.0.1; or allow_private: true"),
        (("https://agency.example", "https://localhost:8443"), 20, "not localhost; or allow_private: true"),
        (("[ticket.called]", "[ticket.call]"), 22, "events › 1: expected one of branch.notice, counter.set"),
        (("[ticket.called]", "[]"), 22, "events"),
        (("[ticket.called]", "[ticket.called]\n      attempts: 1"), 23, "attempts"),
        (("[ticket.called]", "[ticket.called]\n      secret: whsec_x"), 23, "secret"),
        (("branches: [clinic]", "branches: [ward]"), 1, "“agency” names “ward”, which is not among the branches"),
        (("branches: [clinic]", "branches: clinic"), 19, "branches"),
        (("id: agency", "id: Agency"), 17, "small letters"),
        (("    settings:", "    settings: 5\n    more:"), 20, "settings"),
    ],
)
def test_a_fault_of_a_connection_is_named_with_its_line(change: tuple[str, str], line: int, expected: str) -> None:
    told = refusal_of(CONNECTED.replace(*change))
    assert f"setup.yaml, line {line}: " in told
    assert expected in told


def test_two_connections_have_two_names() -> None:
    twice = CONNECTED + CONNECTED.partition("connections:\n")[2]
    assert "expected each connection once, but “agency” stands twice" in refusal_of(twice)
