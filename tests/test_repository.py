"""What holds for the files themselves: their size, and what must not stand in them."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from queue_service.version import VERSION
from tests.servers import ROOT

SHORT_FILES = {".py", ".js", ".css", ".html"}
LONGEST_FILE = 400
PICTURES = {".png", ".ico"}
LONGEST_FUNCTION = 45
CODE = {"queue_service", "integrations"}
# One letter in brackets: so this file, too, keeps its own rules.
FORBIDDEN = {
    "a package registry": re.compile(r"py[p]i\.org|python[h]osted\.org|npm[j]s\.(?:org|com)"),
    "a path of somebody's machine": re.compile(r"(?<![\w./-])/(?:work|root|opt|home|Users)[/]"),
    "a note of unfinished work": re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b"),
}


def files() -> list[Path]:
    """Every file of the project: what git holds, and what it would take in."""
    # A checkout that belongs to somebody else, as in a container, is as good as one's own here.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """The file's text; a picture or a sound has none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_git_sees_the_project() -> None:
    assert {ROOT / "pyproject.toml", Path(__file__).resolve()} <= set(files())


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    assert [
        found for path in files() for found in mentions(text_of(path), FORBIDDEN[what], path.relative_to(ROOT))
    ] == []


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("a package registry", ["--index-url https://files.python", "hosted.org/simple"]),
        ("a path of somebody's machine", ["python = '/ho", "me/somebody/bin/python'"]),
        ("a note of unfinished work", ["# TO", "DO: count the visitors"]),
    ],
)
def test_what_must_not_stand_in_a_file_is_found(what: str, words: list[str]) -> None:
    line = "".join(words)
    assert list(mentions(f"first\n{line}\n", FORBIDDEN[what], Path("a.py"))) == [f"a.py:2: {line}"]


def test_what_is_no_text_is_a_picture() -> None:
    others = [path for path in files() if path.stat().st_size and not text_of(path)]
    assert [str(path.relative_to(ROOT)) for path in others if path.suffix not in PICTURES] == []


def test_files_are_short() -> None:
    lengths = {path: text_of(path).count("\n") for path in files() if path.suffix in SHORT_FILES}
    assert {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length >= LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    code = [path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in CODE]
    assert code
    assert [found for path in code for found in long_functions(text_of(path), path.relative_to(ROOT))] == []


def test_a_long_function_is_found() -> None:
    source = "def act():\n" + "    pass\n" * LONGEST_FUNCTION
    assert list(long_functions(source, Path("desk.py"))) == [f"desk.py:1: act has {LONGEST_FUNCTION + 1} lines"]
    assert list(long_functions(source[: -len("    pass\n")], Path("desk.py"))) == []


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_names_both_commands(command: str) -> None:
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_there_is_one_version_and_the_changelog_tells_of_it() -> None:
    assert pyproject()["project"]["version"] == VERSION
    assert f"## {VERSION}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("requirements.lock", ["build"]),
        ("requirements-load.lock", ["build", "load"]),
        ("requirements-dev.lock", ["build", "dev", "load"]),
    ],
)
def test_a_lock_fulfils_what_the_project_asks_for(lock: str, groups: list[str]) -> None:
    described = pyproject()
    asked = described["project"]["dependencies"] + [
        one for name in groups for one in described["dependency-groups"][name]
    ]
    locked = versions(lock)
    for requirement in map(Requirement, asked):
        assert locked[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def test_the_locks_agree() -> None:
    smallest, middle, largest = (versions(f"requirements{name}.lock").items() for name in ("", "-load", "-dev"))
    assert smallest <= middle <= largest


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-load.lock", "requirements-dev.lock"])
def test_everything_locked_carries_its_hashes(lock: str) -> None:
    lines = [line for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines))
    assert len(entries) >= len(versions(lock))
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def versions(lock: str) -> dict[str, str]:
    pinned = re.findall(
        r"^([a-z0-9-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    return {canonicalize_name(name): version for name, version in pinned}


def mentions(text: str, pattern: re.Pattern[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.search(line):
            yield f"{path}:{number}: {line.strip()[:120]}"


def long_functions(source: str, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {lines} lines"
