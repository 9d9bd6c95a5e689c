"""Dockerfiles, as far as ours go: stages, and what each ends up with."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path


@dataclass
class Stage:
    origin: str
    user: str = ""
    ports: set[str] = field(default_factory=set)
    environment: dict[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)  # paths of the context that are copied


def read_stages(path: Path) -> dict[str, Stage]:
    """By name; one without a name by its number, as Docker counts. None where there is no such file."""
    stages: dict[str, Stage] = {}
    stage = Stage("")
    written = path.read_text(encoding="utf-8") if path.is_file() else ""
    text = re.sub(r"^\s*#.*\n", "", written, flags=re.MULTILINE)
    for line in re.sub(r"\\\n", " ", text).splitlines():
        instruction, *words = shlex.split(line) or [""]
        match instruction:
            case "FROM":
                before = stages.get(words[0], Stage(words[0]))
                stage = Stage(words[0], before.user, set(before.ports), dict(before.environment))
                stages[words[2] if len(words) == 3 else str(len(stages))] = stage
            case "USER":
                stage.user = words[0]
            case "EXPOSE":
                stage.ports.update(words)
            case "ENV":
                stage.environment.update((name, value) for name, _, value in (word.partition("=") for word in words))
            case "COPY" if not words[0].startswith("--from"):
                stage.taken += words[:-1]
    return stages


def find_stage(path: Path, target: str | None) -> Stage | None:
    """What is built: the last stage unless one is named."""
    stages = read_stages(path)
    return stages.get(target) if target else next(reversed(stages.values()), None)


def is_ignored(path: str, ignore_file: Path) -> bool:
    """By a .dockerignore: the last line that fits decides, for the path or for a folder that it lies in."""
    ignored = False
    for line in filter(None, map(str.strip, ignore_file.read_text(encoding="utf-8").splitlines())):
        pattern = line.removeprefix("!").removeprefix("**/")
        if not line.startswith("#") and any(
            fnmatch(part, pattern) for part in (path, *map(str, Path(path).parents)) if part != "."
        ):
            ignored = not line.startswith("!")
    return ignored
