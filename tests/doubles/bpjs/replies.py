"""What a call comes to, and how what it gives is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

EARLIEST_MS = 1_000_000_000_000  # 2001; below it somebody sends seconds


@dataclass(frozen=True, slots=True)
class Reply:
    response: Any = None
    code: int = 200
    message: str = "Ok"
    is_plain: bool = False  # not encrypted


NOTHING = Reply(None, 204, "No Content")


class Refusal(Exception):
    def __init__(self, message: str, code: int = 201) -> None:
        super().__init__(message)
        self.reply = Reply(None, code, message)


def some(items: list[dict[str, Any]]) -> Reply:
    return Reply(items) if items else NOTHING


def word(body: Mapping[str, Any], name: str) -> str:
    """Raises Refusal."""
    given = body.get(name)
    if not isinstance(given, str) or not given.strip():
        raise Refusal(f"{name} tidak boleh kosong")
    return given


def text(body: Mapping[str, Any], name: str) -> str:
    """It may be empty, but it has to be there. Raises Refusal."""
    given = body.get(name)
    if not isinstance(given, str):
        raise Refusal(f"{name} tidak sesuai")
    return given


def whole(body: Mapping[str, Any], name: str) -> int:
    """As number or as digits. Raises Refusal."""
    given = body.get(name)
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    if isinstance(given, str) and given.isascii() and given.isdecimal():
        return int(given)
    raise Refusal(f"{name} tidak sesuai")


def moment_ms(body: Mapping[str, Any], name: str) -> int:
    """Raises Refusal."""
    at_ms = whole(body, name)
    if at_ms < EARLIEST_MS:
        raise Refusal(f"{name} tidak sesuai, harus dalam milidetik")
    return at_ms


def day_of(value: Any, name: str) -> date:
    """Raises Refusal."""
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        day = None
    if day is None or day.isoformat() != value:
        raise Refusal(f"Format {name} tidak sesuai, format yang benar adalah yyyy-mm-dd")
    return day
