"""A sheet of the set-up: one form, for a branch, a calendar or a connection, or for one part of a branch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_uppercase
from typing import Any

from queue_service.records.set_ups import BRANCHES, MODELS
from queue_service.web.pages.office.fields import PARTS, ROWS, TICKS, Field, fields_of, parts_of
from queue_service.web.pages.office.filled import (
    Filled,
    content_of,
    fill,
    id_for,
    name_of_place,
    suggest_ids,
    twice_in_tables,
)

Json = dict[str, Any]

# What a branch is asked for when it is made, beyond what every branch must have.
_ASKED_AT_FIRST = frozenset({"agency", "calendar", "timezone", "team"})


@dataclass(frozen=True)
class Sheet:
    """`piece`: what is there of the branch, calendar or connection; None: a new one. `item` empty: a new part."""

    kind: str
    piece: Json | None
    part: str = ""
    item: str = ""

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        if self.part:
            return next(one.fields for one in parts_of(MODELS[self.kind]) if one.name == self.part)
        if self.kind == BRANCHES and self.piece is None:
            return tuple(_asked_at_first())
        return fields_of(MODELS[self.kind], is_document=self.kind == BRANCHES)

    @property
    def is_new(self) -> bool:
        return not self.item if self.part else self.piece is None

    @cached_property
    def now(self) -> Json | None:
        """What the form is about, as it is."""
        if not self.part:
            return self.piece
        return next((one for one in self._items if one["id"] == self.item), None)

    @property
    def _items(self) -> list[Json]:
        return list((self.piece or {}).get(self.part) or ())

    def fill(self) -> Filled:
        filled = fill(self.fields, self.now or {})
        if self.is_new:
            for one in self.fields:
                if one.kind == TICKS and one.is_required and one.label.of == "queues":
                    filled[one.name] = [queue["id"] for queue in (self.piece or {}).get("queues", ())]
        return filled

    def complete(self, filled: Filled, known: Sequence[str]) -> None:
        """What need not be thought up by a person. `known`: ids that are taken among the pieces of this kind."""
        if self.is_new:
            suggest_ids(self.fields, filled, [item["id"] for item in self._items] if self.part else known)
        elif self.now is not None:
            filled["id"] = self.now["id"]
        queues = (
            [filled] if self.part == "queues" else filled.get("queues", {}).get("rows", []) if not self.part else []
        )
        used = {item.get("prefix", "") for item in self._items} | {row.get("prefix", "") for row in queues}
        for row in queues:
            row["prefix"] = row["prefix"].upper() or next(
                (letter for letter in ascii_uppercase if letter not in used), ""
            )
            used.add(row["prefix"])

    def merged(self, filled: Filled) -> Json:
        """The whole piece, as it would be."""
        content = content_of(self.fields, filled)
        if not self.part:
            if self.kind == BRANCHES and self.piece is None:
                _name_parts(content)
            kept = {one.name: (self.piece or {})[one.name] for one in self._kept if one.name in (self.piece or {})}
            return {**kept, **content}
        items = [content if item["id"] == self.item else item for item in self._items]
        return {**(self.piece or {}), self.part: [*items, content] if self.is_new else items}

    @property
    def _kept(self) -> Iterator[Field]:
        shown = {one.name for one in self.fields if one.kind != PARTS}
        return (one for one in fields_of(MODELS[self.kind], self.kind == BRANCHES) if one.name not in shown)

    def without(self) -> Json | None:
        """The piece without what this sheet is about."""
        if not self.part:
            return None
        return {**(self.piece or {}), self.part: [item for item in self._items if item["id"] != self.item]}

    def one_up(self) -> Json:
        items = self._items
        place = next((n for n, item in enumerate(items) if item["id"] == self.item), 0)
        if place:
            items[place - 1 : place + 1] = [items[place], items[place - 1]]
        return {**(self.piece or {}), self.part: items}

    def names_of_faults(self, filled: Filled, faults: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
        """The form's name of each fault's field; empty for what is about the whole, or about something else."""
        for fault in faults:
            place = list(fault["loc"])
            if self.part:
                index = next((n for n, item in enumerate(self._items) if item["id"] == self.item), len(self._items))
                is_ours = place[:2] == [self.part, index]
                yield name_of_place(self.fields, filled, place[2:]) if is_ours else "", fault
            else:
                yield name_of_place(self.fields, filled, place), fault

    def keys_twice(self, filled: Filled) -> list[str]:
        return list(twice_in_tables(self.fields, filled))


def _asked_at_first() -> Iterator[Field]:
    """As little as makes a branch: what it must have, and of its queues and counters what they must have but their ids,
    which are made from their names."""
    for one in fields_of(MODELS[BRANCHES], is_document=True):
        if one.kind == PARTS and one.is_required:
            asked = [inner for inner in one.fields if inner.is_required and not inner.label.of and inner.name != "id"]
            yield replace(one, kind=ROWS, fields=tuple(asked))
        elif one.is_required or one.name in _ASKED_AT_FIRST:
            yield one


def _name_parts(branch: Json) -> None:
    """Each gets an id from its name, and each counter serves every queue."""
    for part in ("queues", "counters"):
        used: list[str] = []
        for one in branch.get(part) or ():
            one["id"] = id_for(one.get("name") or {}, used)
            used.append(one["id"])
    for counter in branch.get("counters") or ():
        counter["queues"] = [queue["id"] for queue in branch.get("queues") or ()]
