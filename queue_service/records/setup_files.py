"""A set-up file: YAML read into a plan, or refused with the line and what was expected there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from queue_service.faults import Fault
from queue_service.records.plans import ConnectionPlan, SetupPlan
from queue_service.records.systems import UnknownSystem, settings_of

LARGEST_FILE = 1_000_000  # bytes


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: its own refusal of one would not say in which line it stands."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as the library has it
        first: [(tag, spelt) for tag, spelt in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class SetupRefused(Fault):
    """The sentence names the line, and every fault that was found."""


def read_setup_file(path: Path) -> SetupPlan:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SetupRefused(f"{path}: larger than {LARGEST_FILE} bytes; that is no set-up file.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupRefused(f"{path}: cannot be read ({error}).") from error
    return read_setup(text, str(path))


def read_setup(text: str, origin: str) -> SetupPlan:
    try:
        node = yaml.compose(text, Loader=_Loader)
        _check_keys(node, origin, set())
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - one that is safe
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SetupRefused(f"{origin}, line {line}: this is not YAML: {error.problem}.") from error
    except RecursionError as error:
        raise SetupRefused(f"{origin}: nested deeper than any set-up.") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise SetupRefused(f"{origin}: this is not YAML: {error}.") from error
    try:
        plan = SetupPlan.model_validate(content)
        faults = list(faults_of_connections(plan))
    except ValidationError as refusal:
        faults = refusal.errors(include_url=False)
    if faults:
        raise SetupRefused("\n".join(_sentence(origin, node, fault) for fault in faults))
    return plan


def faults_of_connections(plan: SetupPlan) -> Iterator[Any]:
    carrying = dict[str, ConnectionPlan]()
    for place, connection in enumerate(plan.connections):
        where = ("connections", place)
        try:
            if getattr(settings_of(connection), "carries_referrals", False):
                carrying[connection.id] = connection
        except UnknownSystem as unknown:
            yield {"loc": (*where, "system"), "msg": str(unknown)}
        except ValidationError as refusal:
            for fault in refusal.errors(include_url=False):
                yield {"loc": (*where, "settings", *fault["loc"]), "msg": fault["msg"]}
    yield from _faults_of_ways(plan, carrying)


def _faults_of_ways(plan: SetupPlan, carrying: Mapping[str, ConnectionPlan]) -> Iterator[Any]:
    """A referral over a connection that does not carry it would wait for ever."""
    for place, branch in enumerate(plan.branches):
        for n, errand in enumerate(branch.errands):
            way = carrying.get(errand.via or "")
            if errand.via and (way is None or (way.branches and branch.id not in way.branches)):
                msg = f"expected a connection that carries referrals of {branch.id}, which “{errand.via}” does not"
                yield {"loc": ("branches", place, "errands", n, "via"), "msg": msg}


def _check_keys(node: yaml.Node | None, origin: str, seen: set[int]) -> None:
    """Refuses a key that stands twice, which YAML lets pass in silence. Each node is looked at once, however often
    an alias repeats it."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _check_keys(value, origin, seen)
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in names:
                raise SetupRefused(f"{origin}, line {line}: expected “{name}” once here, but it stands twice.")
            names.add(name)
            _check_keys(value, origin, seen)


def _sentence(origin: str, node: yaml.Node | None, fault: Any) -> str:
    line, path = _find(node, fault["loc"])
    return f"{origin}, line {line}: {path or 'the file'}: {message_of(fault)}."


def message_of(fault: Any) -> str:
    """Without its end."""
    message = str(fault["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _find(node: yaml.Node | None, location: tuple[int | str, ...]) -> tuple[int, str]:
    """The line of the innermost part of `location` that stands in the file, and its path in words."""
    line = node.start_mark.line + 1 if node else 1
    path: list[str] = []
    for step in location:
        path.append(str(step + 1) if isinstance(step, int) else step)
        found = _child(node, step)
        if found is None:
            break
        at, node = found
        line = at.start_mark.line + 1
    return line, " › ".join(path)


def _child(node: yaml.Node | None, step: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
