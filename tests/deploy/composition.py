"""docker-compose.yml as Compose reads it: YAML, then variables put in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.servers import ROOT

FILE = ROOT / "docker-compose.yml"

Json = dict[str, Any]

# Written plainly, in braces, or in braces with a word for when it is missing; a doubled dollar is a dollar.
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-?+])(?P<word>[^{}$]*))?\}|(?P<odd>))"
)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(rf"(?:\d+(?:{'|'.join(_UNITS)}))+")


class Missing(Exception):
    """A variable that has to be set; the sentence is the file's own."""


@dataclass(frozen=True)
class Variable:
    name: str
    how: str = ""  # "", ":-", "-", ":?", "?", ":+" or "+"
    word: str = ""

    def value(self, environment: Mapping[str, str]) -> str:
        given = environment.get(self.name)
        is_there = bool(given) if self.how.startswith(":") else given is not None
        match self.how[-1:]:
            case "-":
                return given if is_there and given is not None else self.word
            case "+":
                return self.word if is_there else ""
            case "?" if not is_there:
                raise Missing(f"{self.name}: {self.word}")
        return given or ""


def read_composition(text: str | None = None) -> Json:
    tree: Json = yaml.safe_load(FILE.read_text(encoding="utf-8") if text is None else text)
    return tree


def put_in(node: Any, environment: Mapping[str, str]) -> Any:
    """The same tree with its variables' values. Raises Missing."""
    if isinstance(node, dict):
        return {key: put_in(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [put_in(value, environment) for value in node]
    return _VARIABLE.sub(lambda found: _value(found, environment), node) if isinstance(node, str) else node


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    variable = _variable(found)
    return "$" if variable is None else variable.value(environment)


def _variable(found: re.Match[str]) -> Variable | None:
    if found["dollar"]:
        return None
    if found["odd"] is not None:
        raise ValueError(f"“{found.string}” has a dollar sign that begins no variable.")
    return Variable(found["plain"] or found["name"], found["how"] or "", found["word"] or "")


def variables(node: Any) -> Iterator[Variable]:
    """Raises ValueError where one is not written as Compose reads it."""
    if isinstance(node, dict | list):
        for value in node.values() if isinstance(node, dict) else node:
            yield from variables(value)
    elif isinstance(node, str):
        yield from (variable for variable in map(_variable, _VARIABLE.finditer(node)) if variable)


def seconds(duration: str) -> float:
    """Raises ValueError: a number always has its unit."""
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"“{duration}” is no duration such as 1m30s.")
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([a-z]+)", duration))
