"""Set-up files for tests. JSON is YAML too, so nothing is needed to write one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Plan = dict[str, Any]

QUEUES = {"umum": "A", "gigi": "B"}
LANSIA_MINUTES = 30


def a_branch(
    branch: str,
    *,
    queues: Mapping[str, str] = QUEUES,
    counters: int = 3,
    rules: Mapping[str, int] | None = None,
    queue_extras: Mapping[str, Any] | None = None,
) -> Plan:
    """Every counter serves every queue; `queues` maps their ids to prefixes."""
    return {
        "id": branch,
        "name": branch,
        "timezone": "Asia/Jakarta",
        "classes": [{"id": "lansia", "name": {"id": "Lansia", "en": "Aged 60 or over"}, "minutes": LANSIA_MINUTES}],
        "rules": dict(rules or {}),
        "queues": [
            {"id": queue, "name": queue, "prefix": prefix, **(queue_extras or {})} for queue, prefix in queues.items()
        ],
        "counters": [{"id": str(n), "name": str(n), "queues": list(queues)} for n in range(1, counters + 1)],
    }


def write_setup(path: Path, branches: Sequence[Plan]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"branches": list(branches)}, indent=1))
    return path
