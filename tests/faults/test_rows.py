"""The table leaves out no row, and names only tests that there are."""

import re

from tests.faults.rows import APART, ELSEWHERE, ROWS, Count, Found, table
from tests.servers import ROOT

HERE = ROOT / "tests" / "faults"


def test_each_row_is_counted_here_or_proved_elsewhere_or_does_not_apply() -> None:
    sources = [path.read_text() for path in HERE.glob("test_*.py")]
    counted = {row for source in sources for row in re.findall(r'"(R\d+)"', source)}
    assert counted | ELSEWHERE.keys() | APART.keys() == set(ROWS)


def test_the_tests_that_are_named_are_there() -> None:
    named = {name for names in ELSEWHERE.values() for name in names}
    assert [
        name for name in named if "\ndef test_" not in source(name) and "\nasync def test_" not in source(name)
    ] == []


def source(name: str) -> str:
    path, _, test = name.partition("::")
    text = (ROOT / path).read_text()
    return text if f"def {test}" in text else ""


def test_the_table_shows_every_row_and_what_was_counted() -> None:
    lines = list(table([Found("R9", "killed twice", str(Count(recovered=3)))]))
    assert [line.split()[0] for line in lines if line.startswith("R")] == list(ROWS)
    assert "       lost 0, duplicated 0, unexpected 0, recovered 3: killed twice" in lines
