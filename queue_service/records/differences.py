"""A change to a set-up in few words: which fields, from what to what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

MOST = 40  # fields; a branch that is new or gone is told by its name
LONGEST = 100  # characters of a value


def differences(before: Any, after: Any, hidden: str | None = None) -> dict[str, str | int]:
    """By the field's path; in lists of what has ids by those. `hidden`: a field whose values are not told."""
    old, new = (dict(_flat("", value)) for value in (before, after))
    if before is None or after is None:
        return {"name": (new or old).get("name.id", "")} if "name.id" in (new or old) else {}
    changed = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    told: dict[str, str | int] = {path: _told(path, old.get(path), new.get(path), hidden) for path in changed[:MOST]}
    return told | ({"…": len(changed) - MOST} if len(changed) > MOST else {})


def _told(path: str, old: str | None, new: str | None, hidden: str | None) -> str:
    if hidden is not None and path.split(".")[0] == hidden:
        return "…"
    return f"{_short(old)} → {_short(new)}"


def _short(value: str | None) -> str:
    value = "–" if value is None else value
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        for item in value:
            yield from _flat(f"{path}.{item['id']}", item)
        yield f"{path}.order", ", ".join(str(item["id"]) for item in value)
    elif value is not None:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
