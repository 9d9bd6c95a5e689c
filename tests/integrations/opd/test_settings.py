"""What the pages for agencies tell them to fill in, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from integrations.opd.mapping import FieldMap
from integrations.opd.rest.settings import RestSettings
from queue_service.records.plans import ConnectionPlan
from queue_service.records.systems import settings_of
from tests.servers import ROOT

PAGES = ROOT / "integrations" / "opd"
PULL = {"url": "https://dinas.example/api"}


@pytest.mark.parametrize("kind", ["rest", "sql", "files", "webhook"])
def test_the_example_of_each_page_can_be_filled_in_as_it_is(kind: str) -> None:
    (plan,) = yaml.safe_load(_block(PAGES / kind / "README.md", "connections:"))["connections"]
    settings = settings_of(ConnectionPlan.model_validate(plan))
    assert plan["system"] == f"opd-{kind}" and isinstance(getattr(settings, "mapping", None), FieldMap)


def test_the_mapping_of_the_common_page_is_one() -> None:
    mapping = FieldMap.model_validate(yaml.safe_load(_block(PAGES / "README.md", "mapping:"))["mapping"])
    assert mapping.people["phone"].fields == ("no_hp",)


def _block(page: Any, head: str) -> str:
    found = re.search(rf"^    {head}\n(?:    .*\n)+", page.read_text(), re.MULTILINE)
    assert found, page
    return found[0].replace("\n    ", "\n").removeprefix("    ")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "expected “pull”, “push” or both"),
        ({"pull": PULL}, "expected “pull” and “mapping” together"),
        ({"push": {"url": "https://dinas.example", "fields": {}}}, "at least 1 item"),
        ({"push": {"url": "https://dinas.example", "fields": {"a": "nik"}}}, "Input should be 'event'"),
        ({"pull": {"url": "http://dinas.example"}, "mapping": {"id": "a"}}, "“pull.url” to begin with https://"),
        ({"pull": {"url": "https://10.0.0.5"}, "mapping": {"id": "a"}}, "an address that all can reach"),
        ({"pull": {**PULL, "pages": {}}, "mapping": {"id": "a"}}, "expected “parameter”, “next” or both"),
        ({"pull": PULL, "mapping": {"id": "a"}, "header": {"name": "X: y"}}, "expected the name of a header"),
        ({"pull": PULL, "mapping": {"id": "a"}, "header": {"scheme": "a\r\nb"}}, "String should match pattern"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(expected)):
        RestSettings.model_validate(given)
