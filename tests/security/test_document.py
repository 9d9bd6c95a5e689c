"""What docs/security.md says can be looked up, and it leaves nothing out."""

import re

from tests.servers import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<numbers>[\d., ]+) \| [^|]+ \| (?P<met>[^|]+) \| (?P<where>[^|]*) ?\|$", re.MULTILINE)
OF_LEVELS_1_AND_2 = 253  # in ASVS 5.0.0


def test_every_requirement_stands_there_once() -> None:
    rows = [row for row in ROW.finditer(TEXT) if "." in row["numbers"]]
    numbers = [number.strip() for row in rows for number in row["numbers"].split(",")]
    assert len(numbers) == len(set(numbers)) == OF_LEVELS_1_AND_2
    assert {row["met"].strip() for row in rows} == {"yes", "part", "no", "—"}
    silent = [row["numbers"] for row in rows if row["met"].strip() in ("part", "no") and not row["where"].strip()]
    assert silent == []


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:queue_service|tests|display|deploy|integrations)/[\w./-]*)`", TEXT))
    named |= {f"docs/{name}" for name in re.findall(r"\]\(([\w-]+\.md)\)", TEXT)}
    assert len(named) > 40
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
