"""Values as plain JSON, and back: how journals keep what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, Generic, TypeVar

V = TypeVar("V")
By = Mapping[str, Callable[[Any], Any]]  # the name of a field


class Codec(Generic[V]):
    """Of one kind of value. `write` and `read`: for fields that are no plain JSON as they are.

    What has its default is left out: so a field that is added later changes neither what was written before nor the
    digest of its day.
    """

    def __init__(self, kind: type[V], write: By, read: By) -> None:
        known: tuple[Any, ...] = fields(kind)  # type: ignore[arg-type]
        self._kind = kind
        self._always = tuple(each.name for each in known if each.default is MISSING)
        self._seldom = tuple((each.name, each.default) for each in known if each.default is not MISSING)
        self._names = frozenset(each.name for each in known)
        self._write, self._read = write, read

    def write(self, value: V) -> dict[str, Any]:
        to = self._write
        values = {name: getattr(value, name) for name in self._always}
        values |= {name: given for name, default in self._seldom if (given := getattr(value, name)) != default}
        return {name: to[name](given) if name in to else given for name, given in values.items()}

    def read(self, values: Mapping[str, Any]) -> V:
        """The reverse; fields that this version does not know are left out."""
        to, names = self._read, self._names
        return self._kind(
            **{name: to[name](given) if name in to else given for name, given in values.items() if name in names}
        )
