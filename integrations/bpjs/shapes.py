"""How what comes back is read, and how a value gets into a path. Raises Unreadable where it is not as agreed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from integrations.bpjs.cipher import Unreadable

ZONES = {"WIB": 7, "WITA": 8, "WIT": 9}  # hours ahead of UTC

_is_moment = re.compile(r"(\d\d)-(\d\d)-(\d{4}) (\d\d):(\d\d):(\d\d) (WIB|WITA|WIT)").fullmatch


def read_moment_ms(text: str) -> int:
    """`16-03-2021 11:32:49 WIB`."""
    found = _is_moment(text.strip())
    if found is None:
        raise Unreadable("a time in the answer is not written as agreed")
    day, month, year, hour, minute, second = map(int, found.groups()[:6])
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=ZONES[found[7]])
    except ValueError:
        raise Unreadable("a time in the answer does not exist") from None
    return int(at.timestamp()) * 1000


def part(value: str) -> str:
    return quote(value, safe="")


def records(answer: Any) -> list[dict[str, Any]]:
    if answer is None:
        return []
    if not isinstance(answer, list):
        raise Unreadable("the answer holds no list")
    return [dict(record(each)) for each in answer]


def record(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise Unreadable("the answer is not shaped as agreed")
    return given


def word(record: Mapping[str, Any], name: str) -> str:
    given = record.get(name)
    if given is None:
        raise Unreadable(f"the answer lacks {name}")
    return str(given)


def whole(record: Mapping[str, Any], name: str) -> int:
    given = record.get(name)
    try:
        return int(given)  # type: ignore[arg-type]  # whatever int() does not take is told just the same
    except (TypeError, ValueError):
        raise Unreadable(f"{name} in the answer is no number") from None
