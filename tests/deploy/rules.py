"""What of the Compose specification docker-compose.yml relies on, as tables: every key, and what may stand at it.

A rule answers with what is wrong about a value. A key without a rule is refused: whoever uses more of the specification
says here what it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from ipaddress import ip_network
from typing import Any

from tests.deploy.composition import Json, seconds

Rule = Callable[[Any], Iterator[str]]

NAME = r"[a-z][a-z0-9-]*"


def text(pattern: str = r"\S.*") -> Rule:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{value!r} is not written as the specification asks"

    return check


def only(*values: object) -> Rule:
    def check(value: Any) -> Iterator[str]:
        if not any(type(value) is type(good) and value == good for good in values):
            yield f"{value!r} is none of {values}"

    return check


def several(rule: Rule) -> Rule:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list) or not value or any(value.count(one) > 1 for one in value):
            yield f"{value!r} is no list of different things"
            return
        for one in value:
            yield from rule(one)

    return check


def words(value: Any) -> Iterator[str]:
    """A command. A number that is not quoted would reach the program as YAML writes numbers."""
    if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
        yield f"{value!r} is no list of words"


def health_test(value: Any) -> Iterator[str]:
    yield from words(value)
    if isinstance(value, list) and (value[:1] != ["CMD"] or len(value) < 2):
        yield "a test begins with CMD and then names a program"


def duration(value: Any) -> Iterator[str]:
    try:
        seconds(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        yield str(error)


def network(value: Any) -> Iterator[str]:
    try:
        ip_network(value if isinstance(value, str) else repr(value))
    except ValueError as error:
        yield str(error)


def port(value: Any) -> Iterator[str]:
    """HOST:CONTAINER as text: YAML reads 22:22 as a number to the base of sixty."""
    parts = value.split(":") if isinstance(value, str) else []
    numbers = [int(part) for part in parts[-2:] if part.isdecimal()]
    if len(parts) not in (2, 3) or len(numbers) != 2 or not all(0 < number < 65536 for number in numbers):
        yield f'{value!r} is no port such as "80:8080"'


def whole_number(value: Any) -> Iterator[str]:
    if type(value) is not int or value < 1:
        yield f"{value!r} is no whole number"


def mapping(rules: Mapping[str, Rule], needed: Set[str] = frozenset()) -> Rule:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{value!r} is no mapping"
            return
        yield from (f"{key} is missing" for key in sorted(needed - set(value)))
        for key, one in value.items():
            if key in rules:
                yield from (f"{key}: {fault}" for fault in rules[key](one))
            else:
                yield f"{key} is not known here"

    return check


def named(rule: Rule, name: str = NAME) -> Rule:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, dict) or not value:
            yield f"{value!r} is no mapping by names"
            return
        for key, one in value.items():
            if not re.fullmatch(name, key):
                yield f"{key} is no name"
            yield from (f"{key}: {fault}" for fault in rule(one))

    return check


def nothing_or(rule: Rule) -> Rule:
    def check(value: Any) -> Iterator[str]:
        if value is not None:
            yield from rule(value)

    return check


SERVICE = {
    "build": mapping({"context": text(), "target": text(NAME)}, needed={"context"}),
    "cap_add": several(text(r"[A-Z_]+")),
    "cap_drop": several(text(r"[A-Z_]+")),
    "command": words,
    "depends_on": named(
        mapping({"condition": only("service_started", "service_healthy", "service_completed_successfully")})
    ),
    "env_file": several(mapping({"path": text(r"[\w./-]+"), "required": only(True, False)}, needed={"path"})),
    "environment": named(text(r".*"), name=r"[A-Z][A-Z0-9_]*"),
    "healthcheck": mapping(
        {
            "test": health_test,
            "interval": duration,
            "timeout": duration,
            "retries": whole_number,
            "start_period": duration,
        },
        needed={"test"},
    ),
    "image": text(r"[a-z0-9./_-]+:[\w.-]+"),
    "logging": mapping({"driver": text(), "options": named(text(), name=r"[a-z-]+")}),
    "networks": several(text(NAME)),
    "ports": several(port),
    "profiles": several(text(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")),
    "read_only": only(True, False),
    "restart": only("no", "always", "on-failure", "unless-stopped"),
    "security_opt": several(text(r"[a-z-]+:[a-z]+")),
    "shm_size": text(r"\d+[bkmg]b?"),
    "stop_grace_period": duration,
    "stop_signal": text(r"SIG[A-Z]+"),
    "tmpfs": several(text(r"/[\w./-]*")),
    "ulimits": named(whole_number),
    "user": text(r"\d+(:\d+)?"),
    "volumes": several(text(r"[\w./-]+:/[\w./-]+(:ro)?")),
}

FILE = {
    "name": text(r"[a-z0-9][a-z0-9_-]*"),
    "services": named(mapping(SERVICE)),
    "networks": named(
        nothing_or(
            mapping({"internal": only(True, False), "ipam": mapping({"config": several(mapping({"subnet": network}))})})
        )
    ),
    "volumes": named(nothing_or(mapping({}))),
}


def shape_faults(tree: Json) -> Iterator[str]:
    """Of the file with its variables put in."""
    tree = {key: value for key, value in tree.items() if not key.startswith("x-")}  # ours to use as we like
    faults = list(mapping(FILE, needed={"name", "networks", "services", "volumes"})(tree))
    yield from faults or _names_that_lead_nowhere(tree)


def _names_that_lead_nowhere(tree: Json) -> Iterator[str]:
    for name, service in tree["services"].items():
        if ("image" in service) == ("build" in service):
            yield f"services: {name}: comes from an image or is built, one of the two"
        for what, there in (("networks", tree["networks"]), ("depends_on", tree["services"])):
            yield from (
                f"services: {name}: {what}: there is no {one}" for one in service.get(what, ()) if one not in there
            )
        for mount in service.get("volumes", ()):
            source = mount.partition(":")[0]
            if not source.startswith((".", "/")) and source not in tree["volumes"]:
                yield f"services: {name}: volumes: there is no {source}"
        for other, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy" and "healthcheck" not in tree["services"].get(other, {}):
                yield f"services: {name}: depends_on: {other} has no health check to wait for"
    for what in ("networks", "volumes"):
        used = {one.partition(":")[0] for service in tree["services"].values() for one in service.get(what, ())}
        yield from (f"{what}: {one} is used by nobody" for one in tree[what] if one not in used)
