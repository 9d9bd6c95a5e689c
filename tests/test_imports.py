"""Imports point down, and the checks that say so notice when they do not."""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.servers import ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
DOMAIN = "queue_service.domain"
# Of the standard library, what would let a clock, chance, waiting or the outside world into the rules.
# fmt: off
IMPURE = frozenset({
    "asyncio", "concurrent", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "queue", "random",
    "sched", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib", "uuid",
})
# fmt: on
CLOCKS = frozenset({"now", "utcnow", "today"})


def test_imports_point_down() -> None:
    answer = lint_imports(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("queue_service.domain.tickets", "queue_service.journal"),
        ("queue_service.journal", "queue_service.floors"),
        ("queue_service.records", "queue_service.desk"),
        ("queue_service.journal", "queue_service.records"),
        ("queue_service.floors", "queue_service.desk"),
        ("queue_service.desk", "queue_service.web"),
        ("queue_service.desk", "queue_service.stream"),
        ("queue_service.stream", "queue_service.web"),
        ("queue_service.stream", "queue_service.settings"),
        ("queue_service.web", "queue_service.app"),
        ("queue_service.app", "queue_service.cli"),
        ("queue_service.settings", "queue_service.desk"),
        ("queue_service.journal", "queue_service.settings"),
        ("queue_service.domain.tickets", "time"),
        ("queue_service.domain.tickets", "sqlalchemy"),
        ("queue_service.app", "integrations"),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path: Path, importer: str, imported: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "queue_service", tmp_path / "queue_service", ignore=shutil.ignore_patterns("__pycache__"))
    with source_of(importer, tmp_path).open("a", encoding="utf-8") as source:
        source.write(f"\nimport {imported}\n")

    answer = lint_imports(tmp_path)

    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert f"{importer} -> {imported}" in " ".join(answer.stdout.split())


def test_the_domain_needs_nothing_but_plain_parts_of_the_standard_library() -> None:
    assert (
        list(foreign_imports(grimp.build_graph("queue_service", include_external_packages=True, cache_dir=None))) == []
    )


@pytest.mark.parametrize("foreign", ["werkzeug", "random", "queue_service.journal"])
def test_a_foreign_import_of_the_domain_is_found(foreign: str) -> None:
    graph = grimp.ImportGraph()
    graph.add_import(importer=f"{DOMAIN}.tickets", imported=foreign)
    graph.add_import(importer=f"{DOMAIN}.tickets", imported="dataclasses")
    assert list(foreign_imports(graph)) == [f"{DOMAIN}.tickets -> {foreign}"]


def test_settings_of_connections_know_nothing_of_what_is_opened_with_them() -> None:
    graph = grimp.build_graph("integrations", cache_dir=None)
    settings = {module for module in graph.modules if module.endswith(".settings")}
    systems = {module for module in graph.modules if module.rpartition(".")[2] in ("system", "mapped_system")}
    assert len(settings) > 8
    assert len(systems) > 8
    assert {module: found for module in settings if (found := graph.find_upstream_modules(module) & systems)} == {}


def test_the_domain_reads_no_clock() -> None:
    sources = sorted((ROOT / "queue_service" / "domain").rglob("*.py"))
    assert sources
    assert [f"{path.name}:{line}" for path in sources for line in clock_reads(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("clock", ["datetime.now(UTC)", "date.today()", "datetime.utcnow()"])
def test_a_clock_is_found(clock: str) -> None:
    assert list(clock_reads(f"floor = load()\nat = {clock}\n")) == [2]


def test_what_the_service_imports_is_declared() -> None:
    assert undeclared_imports(service_graph(), declared_distributions()) == {}


def test_an_undeclared_import_is_found() -> None:
    graph = grimp.ImportGraph()
    graph.add_import(importer="queue_service.app", imported="pytest")
    graph.add_import(importer="queue_service.app", imported="yaml")
    assert undeclared_imports(graph, {"pyyaml"}) == {"pytest": {"queue_service.app"}}


def test_the_libraries_of_sign_in_providers_are_left_where_there_is_none() -> None:
    """Each process would take a tenth of a second longer to start."""
    asked = "import {}, sys; print(*sorted({{'authlib', 'joserfc', 'httpx2'}} & sys.modules.keys()))"
    for module, found in (("queue_service.app", ""), ("queue_service.web.openid", "authlib httpx2 joserfc")):
        command = [sys.executable, "-c", asked.format(module)]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert answer.stdout.strip() == found


def service_graph() -> grimp.ImportGraph:
    return grimp.build_graph("queue_service", include_external_packages=True, cache_dir=None)


def declared_distributions() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}


def undeclared_imports(graph: grimp.ImportGraph, declared: set[str]) -> dict[str, set[str]]:
    """Packages that the service imports without asking for them, and where: they may only happen to be installed."""
    distributions = packages_distributions()
    foreign = {module for module in graph.modules if not module.startswith("queue_service")}
    return {
        module: graph.find_modules_that_directly_import(module)
        for module in foreign - sys.stdlib_module_names
        if declared.isdisjoint(canonicalize_name(name) for name in distributions.get(module, ()))
    }


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(LINT_IMPORTS), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)


def source_of(module: str, root: Path) -> Path:
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def foreign_imports(graph: grimp.ImportGraph) -> Iterator[str]:
    for module in sorted(graph.modules):
        if module == DOMAIN or module.startswith(f"{DOMAIN}."):
            for imported in sorted(graph.find_modules_directly_imported_by(module)):
                top = imported.partition(".")[0]
                is_plain = top in sys.stdlib_module_names and top not in IMPURE
                if not is_plain and imported != DOMAIN and not imported.startswith(f"{DOMAIN}."):
                    yield f"{module} -> {imported}"


def clock_reads(source: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            yield node.lineno
