from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from queue_service.records.setup_files import SetupRefused, read_setup, read_setup_file
from tests.servers import ROOT

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


def test_the_smallest_file_of_the_docs_is_one() -> None:
    first = (ROOT / "docs" / "setup.md").read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    (plan,) = read_setup(first, "setup.yaml").branches
    assert plan.branch().counter("1").queues == ("pelayanan",)


def test_a_good_file_becomes_a_branch() -> None:
    (plan,) = read_setup(GOOD, "setup.yaml").branches
    branch = plan.branch()
    assert branch.queue("general").prefix == "A"
    assert branch.counters["1"].queues == ("general",)
    assert branch.classes["aged"].minutes == 30
    assert branch.name.in_language("en") == "Clinic"
    assert branch.queue("general").calendar.hours[0].days == {1, 5}


@pytest.mark.parametrize("name", ["lahat.yaml", "office-hours.yaml", "born-and-home.yaml"])
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


WITH_CALENDAR = """\
calendars:
  - id: indonesia
    days_off:
      2026-12-25: {id: Hari Natal, en: Christmas Day}
    seasons:
      - {id: ramadan, name: Ramadan, from: 2027-02-08, to: 2027-03-09}
branches:
  - id: office
    name: Kantor
    calendar: indonesia
    hours:
      - {days: [mon, tue, wed, thu, fri], from: "08:00", to: "15:00"}
    seasons:
      ramadan:
        - {days: [mon, tue, wed, thu, fri], from: "09:00", to: "14:00"}
    exceptions:
      - {day: 2026-11-30, name: Rapat, queues: [general], hours: [{from: "13:00", to: "15:00"}]}
      - {day: 2026-12-01, name: Listrik padam}
    queues:
      - {id: general, name: Umum, prefix: A}
      - {id: evening, name: Sore, prefix: B, hours: [{days: [mon], from: "16:00", to: "18:00"}]}
      - {id: emergency, name: Darurat, prefix: C, hours: [], on_days_off: open}
    counters:
      - {id: "1", name: Loket 1, queues: [general]}
"""


@pytest.mark.parametrize(
    ("queue", "open_at", "closed_at"),
    [
        (
            "general",
            ["2026-11-23T08:00", "2026-11-30T13:00", "2027-02-08T09:00", "2027-02-08T13:59"],
            ["2026-11-23T15:00", "2026-11-30T09:00", "2027-02-08T08:30", "2026-12-25T09:00", "2026-12-01T09:00"],
        ),
        ("evening", ["2026-11-30T16:00", "2027-02-08T16:00"], ["2026-11-30T09:00", "2026-12-01T16:00"]),
        ("emergency", ["2026-11-23T03:00", "2026-12-25T03:00"], ["2026-12-01T03:00"]),
    ],
)
def test_queues_go_by_their_branchs_calendar_unless_they_have_hours_of_their_own(
    queue: str, open_at: list[str], closed_at: list[str]
) -> None:
    plan = read_setup(WITH_CALENDAR, "setup.yaml")
    calendar = plan.branches[0].branch(plan.calendars[0]).queue(queue).calendar
    assert [moment for moment in open_at if not calendar.is_open_at(datetime.fromisoformat(moment))] == []
    assert [moment for moment in closed_at if calendar.is_open_at(datetime.fromisoformat(moment))] == []


@pytest.mark.parametrize(
    ("change", "line", "expected"),
    [
        (("calendar: indonesia", "calendar: malaysia"), 1, "“malaysia”, which is not among the calendars"),
        (("      ramadan:\n", "      lebaran:\n"), 1, "“lebaran”, no season of its calendar"),
        (("to: 2027-03-09", "to: 2027-01-09"), 6, "not to be later"),
        (("2026-12-25", "2026-12-32"), 4, "date"),
        (("queues: [general], hours", "queues: [nobody], hours"), 8, "“nobody”, which is not among the queues"),
        (('{from: "13:00", to: "15:00"}', '{from: "13:00", to: "12:00"}'), 17, "earlier"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(change: tuple[str, str], line: int, expected: str) -> None:
    refusal = refusal_of(WITH_CALENDAR.replace(*change))
    assert expected in refusal
    assert f"line {line}:" in refusal
