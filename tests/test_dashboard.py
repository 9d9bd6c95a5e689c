"""What is drawn and what is described is what is told: no panel asks for a metric that nobody counts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from queue_service.meters import METERS, REQUEST_SECONDS, Gauge, Histogram
from queue_service.shelves import Laid, sum_up
from queue_service.web.operations import Told
from tests.servers import ROOT

DASHBOARD = ROOT / "docs" / "grafana" / "antrean.json"
WORDS_OF_PROMQL = frozenset({"by", "without", "on", "ignoring", "or", "and", "unless", "bool", "offset"})
# What Grafana needs to take a dashboard up, and to draw a panel of it.
NEEDED = {"uid", "title", "schemaVersion", "version", "panels", "templating", "time", "annotations", "__requires"}
NEEDED_BY_PANEL = {"id", "type", "title", "gridPos"}
NEEDED_BY_DRAWING = {"datasource", "targets", "fieldConfig", "options"}


def told_names() -> dict[str, set[str]]:
    """Of every sample that /metrics can hold, the labels."""
    readings = {meter.name: dict(meter.values) for meter in METERS.values()}
    for meter in METERS.values():
        readings[meter.name] = readings[meter.name] or {
            ("",) * len(meter.labels): 0
        }  # where there is nothing to tell of
    readings[REQUEST_SECONDS.name] = {("GET", "/", "2xx"): [0.0] * (len(REQUEST_SECONDS.buckets) + 2)}
    registry = CollectorRegistry()
    registry.register(Told(sum_up([Laid("1", True, readings)])))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return read


def drawings() -> list[dict[str, Any]]:
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    asked = [target["expr"] for panel in drawings() for target in panel["targets"]]
    return [
        *asked,
        *(variable["definition"] for variable in dashboard()["templating"]["list"] if "definition" in variable),
    ]


def metrics_in(expression: str) -> set[str]:
    without_values = re.sub(r'"[^"]*"', "", expression)
    without_labels = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|without|on|ignoring)\s*\([^)]*\)", "", without_values)
    without_labels = re.sub(r"(label_values\([^,]*),[^)]*", r"\1", without_labels)
    names = re.findall(r"[A-Za-z_:][\w:]*(?!\w*\s*\()", without_labels)
    return {name for name in names if name not in WORDS_OF_PROMQL}


def labels_in(expression: str) -> set[str]:
    matched = [
        name for group in re.findall(r"\{([^}]*)\}", expression) for name in re.findall(r"(\w+)\s*[=!]~?", group)
    ]
    grouped = [name for group in re.findall(r"\bby\s*\(([^)]*)\)", expression) for name in re.findall(r"\w+", group)]
    return {*matched, *grouped}


@pytest.mark.parametrize(
    ("expression", "metrics", "labels"),
    [
        ('sum(rate(a_total{job=~"$job", x!="b"}[$__rate_interval]))', {"a_total"}, {"job", "x"}),
        ("histogram_quantile(0.5, sum by (le, y) (rate(a_bucket[5m])))", {"a_bucket"}, {"le", "y"}),
        ("(a or vector(0)) / b", {"a", "b"}, set()),
        ("label_values(antrean_workers, job)", {"antrean_workers"}, set()),
    ],
)
def test_names_are_found_in_an_expression(expression: str, metrics: set[str], labels: set[str]) -> None:
    assert (metrics_in(expression), labels_in(expression)) == (metrics, labels)


def test_every_expression_asks_for_what_there_is() -> None:
    told = told_names()
    asked = {expression: metrics_in(expression) for expression in expressions()}
    assert len(asked) > 20
    assert {expression: names for expression, names in asked.items() if not names or not names <= told.keys()} == {}
    wrong = {
        expression: labels_in(expression)
        for expression, names in asked.items()
        if not labels_in(expression) <= {"job"}.union(*(told[name] for name in names))
    }
    assert wrong == {}


def test_every_metric_is_drawn() -> None:
    drawn = set().union(*(metrics_in(expression) for expression in expressions()))
    assert METERS.keys() == {re.sub("_(bucket|sum|count)$", "", name) for name in drawn}


def test_grafana_can_take_it_up() -> None:
    taken = dashboard()
    panels = taken["panels"]
    assert taken.keys() >= NEEDED
    assert "id" not in taken  # a number of somebody's own Grafana
    assert [panel for panel in panels if not panel.keys() >= NEEDED_BY_PANEL] == []
    assert [panel["title"] for panel in drawings() if not panel.keys() >= NEEDED_BY_DRAWING] == []
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {target["datasource"]["uid"] for panel in drawings() for target in panel["targets"]} == {"${source}"}
    assert {variable["name"] for variable in taken["templating"]["list"]} == {"source", "job"}
    assert overlapping(panels) == []


def overlapping(panels: list[dict[str, Any]]) -> list[str]:
    seen: set[tuple[int, int]] = set()
    found = []
    for panel in panels:
        place = set(cells(panel["gridPos"]))
        found += [panel["title"]] if place & seen or any(x >= 24 for x, _ in place) else []
        seen |= place
    return found


def cells(place: dict[str, int]) -> Iterator[tuple[int, int]]:
    return ((place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"]))


def test_the_table_of_metrics_says_what_there_is() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in text.splitlines() if "| `" in line]
    told = {
        (
            f"`{meter.name}`",
            "histogram" if isinstance(meter, Histogram) else "gauge" if isinstance(meter, Gauge) else "counter",
            ", ".join(f"`{label}`" for label in meter.labels),
            meter.text,
        )
        for meter in METERS.values()
    }
    assert sorted(rows) == sorted(told)
