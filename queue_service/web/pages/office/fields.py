"""From the models of a set-up to forms: whatever a plan may say has a field without being named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from queue_service.records.calendar_plans import NamePlan
from queue_service.web.pages.office.labels import Label, label_of

# How a field is shown. GROUP has fields of its own, ROWS any number of such groups; TABLE is a mapping, as rows of a
# key and a value. PARTS are members of a list that have an id, with a page of their own each.
# LINES are lists in a list: one a line, with commas. FREE is the rest, as YAML.
TEXT, NUMBER, TIME, DATE = "text", "number", "time", "date"
FLAG, CHOICE, TICKS, WORDS, NAME = "flag", "choice", "ticks", "words", "name"
GROUP, ROWS, TABLE, PARTS, LINES, FREE = "group", "rows", "table", "parts", "lines", "free"
SEVERAL = frozenset({GROUP, ROWS, TABLE})
KEY, VALUE = "key", "value"


@dataclass(frozen=True)
class Field:
    """`may_be_none`: it may be left out altogether, which is another thing than empty. `choices`: what it may be."""

    name: str
    kind: str
    label: Label
    is_required: bool = False
    may_be_none: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    model: type[BaseModel] | None = None
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def empty_means(self) -> str | None:
        """What is there if nothing is entered; None: something must be."""
        if self.is_required:
            return None
        return "" if self.may_be_none or self.default in (None, "", [], {}) else str(self.default)

    @property
    def has_switch(self) -> bool:
        return self.may_be_none and self.kind in SEVERAL


@cache
def fields_of(model: type[BaseModel], is_document: bool = False) -> tuple[Field, ...]:
    """Plain ones first, the name before all. Of a document, parts with ids are pages; elsewhere they are rows."""
    found = [
        make_field(info.alias or name, info.annotation, label_of(model, name), info, is_document)
        for name, info in model.model_fields.items()
    ]
    return tuple(sorted(found, key=_rank))


def _rank(one: Field) -> int:
    if one.kind == NAME:
        return 0
    return 3 if one.kind in SEVERAL else 2 if one.kind == PARTS else 1


def parts_of(model: type[BaseModel]) -> Iterator[Field]:
    return (one for one in fields_of(model, is_document=True) if one.kind == PARTS)


def make_field(name: str, annotation: Any, label: Label, info: FieldInfo | None, is_document: bool = False) -> Field:
    bare, may_be_none, metadata = _bare(annotation)
    metadata = [*metadata, *(info.metadata if info else ())]
    limits = dict(_limits(metadata))
    common: dict[str, Any] = {
        "name": name,
        "label": label,
        "is_required": info is None or info.is_required(),
        "may_be_none": may_be_none,
        "default": None if info is None or info.is_required() else info.get_default(call_default_factory=True),
        "limits": limits,
    }
    return Field(**common, **_shape(bare, label, is_document))


def _shape(bare: Any, label: Label, is_document: bool) -> dict[str, Any]:
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return {"kind": CHOICE, "choices": tuple(map(str, arguments))}
    if origin is list:
        return _list_shape(arguments[0], label, is_document)
    if origin is dict and arguments[1] is not Any:
        key = make_field(KEY, arguments[0], label.key or label, None)
        value = make_field(VALUE, arguments[1], label.value or label, None)
        return {"kind": TABLE, "fields": (key, value)}
    if isinstance(bare, type):
        return _type_shape(bare, label)
    return {"kind": FREE}


def _type_shape(bare: type, label: Label) -> dict[str, Any]:
    if issubclass(bare, NamePlan):
        return {"kind": NAME}
    if issubclass(bare, BaseModel):
        return {"kind": GROUP, "fields": fields_of(bare), "model": bare}
    if issubclass(bare, Enum):
        return {"kind": CHOICE, "choices": tuple(str(member.value) for member in bare)}
    plain = {bool: FLAG, int: NUMBER, float: NUMBER, time: TIME, date: DATE, str: CHOICE if label.of else TEXT}
    return {"kind": plain.get(bare, FREE)}


def _list_shape(member: Any, label: Label, is_document: bool) -> dict[str, Any]:
    bare, _, _ = _bare(member)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        kind = PARTS if is_document and "id" in bare.model_fields else ROWS
        return {"kind": kind, "fields": fields_of(bare), "model": bare}
    if get_origin(bare) is Literal:
        return {"kind": TICKS, "choices": tuple(map(str, get_args(bare)))}
    if bare is str:
        return {"kind": TICKS if label.of else WORDS}
    members = {get_origin(_bare(one)[0]) or _bare(one)[0] for one in get_args(bare)}
    return {"kind": LINES if members == {str, list} else FREE}


def _bare(annotation: Any) -> tuple[Any, bool, list[Any]]:
    """The type itself, whether it may be None as well, and what limits it."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        bare, may_be_none, more = _bare(inner)
        return bare, may_be_none, [*metadata, *more]
    if get_origin(annotation) in (Union, UnionType):
        rest = [one for one in get_args(annotation) if one is not NoneType]
        if len(rest) == 1:
            bare, _, metadata = _bare(rest[0])
            return bare, True, metadata
    return annotation, False, []


def _limits(metadata: list[Any]) -> Iterator[tuple[str, float]]:
    for one in metadata:
        for inner in (one, *getattr(one, "metadata", ())):
            for limit in ("ge", "le", "min_length", "max_length"):
                value = getattr(inner, limit, None)
                if isinstance(value, (int, float)):
                    yield limit, value


def walk(fields: tuple[Field, ...], path: str = "") -> Iterator[tuple[str, Field]]:
    """Each with those inside it."""
    for one in fields:
        place = f"{path}{one.name}"
        yield place, one
        yield from walk(one.fields, f"{place}.")
