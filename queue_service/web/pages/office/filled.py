"""What stands in a form's fields: taken from a plan, read from what a browser sent, and made into a plan again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from queue_service.web.pages.office.fields import (
    FLAG,
    FREE,
    GROUP,
    KEY,
    LINES,
    NAME,
    PARTS,
    ROWS,
    TABLE,
    TICKS,
    TIME,
    VALUE,
    WORDS,
    Field,
)

Filled = dict[str, Any]  # by the field's name: text, a flag, a list, or of SEVERAL {"on": …, "rows": [Filled, …]}
Sent = Mapping[str, Sequence[str]]
Fields = Sequence[Field]

LONGEST_ID = 40
MOST_ROWS = 400


def fill(fields: Fields, plan: Mapping[str, Any]) -> Filled:
    """From a plan as JSON, or as much of one as there is."""
    return {one.name: _fill(one, plan.get(one.name, _default(one))) for one in fields if one.kind != PARTS}


def _default(one: Field) -> Any:
    value = one.default
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    return getattr(value, "value", value)


def _fill(one: Field, value: Any) -> Any:
    if one.kind == GROUP:
        return {"on": value is not None or not one.may_be_none, "rows": [fill(one.fields, value or {})]}
    if one.kind == ROWS:
        is_on = value is not None or not one.may_be_none
        return {"on": is_on, "rows": [fill(one.fields, row) for row in value or ()]}
    if one.kind == TABLE:
        rows = [fill(one.fields, {KEY: key, VALUE: inner}) for key, inner in (value or {}).items()]
        return {"on": value is not None or not one.may_be_none, "rows": rows}
    if one.kind == NAME:
        return {"id": "", "en": ""} if value is None else {"id": value["id"], "en": value["en"]}
    if one.kind == FLAG:
        return bool(value)
    if one.kind == TICKS:
        return [str(item) for item in value or ()]
    return _as_text(one, value)


def _as_text(one: Field, value: Any) -> str:
    if value is None or (value in ([], {}) and value == one.default):
        return ""
    if one.kind == FREE:
        return yaml.safe_dump(value, allow_unicode=True, sort_keys=False).removesuffix("...\n").strip()
    if one.kind == WORDS:
        return ", ".join(str(item) for item in value)
    if one.kind == LINES:
        return "\n".join(item if isinstance(item, str) else ", ".join(item) for item in value)
    return str(value).removesuffix(":00") if one.kind == TIME and str(value).count(":") == 2 else str(value)


def read(fields: Fields, sent: Sent, path: str = "") -> Filled:
    return {one.name: _read(one, sent, path + one.name) for one in fields if one.kind != PARTS}


def _read(one: Field, sent: Sent, name: str) -> Any:
    if one.kind == GROUP:
        return {"on": not one.may_be_none or f"{name}.on" in sent, "rows": [read(one.fields, sent, f"{name}.0.")]}
    if one.kind in (ROWS, TABLE):
        found = [read(one.fields, sent, f"{name}.{place}.") for place in sent.get(f"{name}.rows", ())[:MOST_ROWS]]
        return {"on": not one.may_be_none or f"{name}.on" in sent, "rows": found}
    if one.kind == NAME:
        return {language: _first(sent, f"{name}.{language}") for language in ("id", "en")}
    if one.kind == FLAG:
        return name in sent
    if one.kind == TICKS:
        return list(dict.fromkeys(sent.get(name, ())))
    return _first(sent, name)


def _first(sent: Sent, name: str) -> str:
    return next(iter(sent.get(name, ())), "").strip()


def at_path(filled: Filled, fields: Fields, path: str) -> tuple[Filled, Field] | None:
    """What the buttons that add and remove rows are about: `hours`, or `seasons.2.value`."""
    steps = path.split(".")
    inner, one = filled, next((one for one in fields if one.name == steps[0]), None)
    while one is not None and one.kind in (GROUP, ROWS, TABLE):
        value = inner[one.name]
        if len(steps) == 1:
            return (value, one) if one.kind != GROUP else None
        place = int(steps[1]) if steps[1].isdecimal() and len(steps) > 2 else -1
        if not 0 <= place < len(value["rows"]):
            return None
        inner, steps = value["rows"][place], steps[2:]
        one = next((each for each in one.fields if each.name == steps[0]), None)
    return None


def blank_row(one: Field) -> Filled:
    return fill(one.fields, {})


def without_blanks(fields: Fields, filled: Filled) -> Filled:
    """Rows in which nothing was entered are none."""
    return {one.name: _without_blanks(one, filled[one.name]) for one in fields if one.name in filled}


def _without_blanks(one: Field, value: Any) -> Any:
    if one.kind not in (GROUP, ROWS, TABLE):
        return value
    rows = [without_blanks(one.fields, row) for row in value["rows"]]
    blank = without_blanks(one.fields, blank_row(one))
    return {**value, "rows": rows if one.kind == GROUP else [row for row in rows if row != blank]}


def suggest_ids(fields: Fields, filled: Filled, taken: Collection[str] = ()) -> None:
    """What was given a name and no id gets one from it; a queue without a prefix the next letter."""
    name, id_ = filled.get("name"), filled.get("id")
    if id_ == "" and isinstance(name, dict):
        filled["id"] = id_for(name, taken)
    for one in fields:
        if one.kind in (GROUP, ROWS, TABLE) and one.name in filled:
            used: list[str] = [row["id"] for row in filled[one.name]["rows"] if row.get("id")]
            for row in filled[one.name]["rows"]:
                suggest_ids(one.fields, row, used)
                used.append(row.get("id", ""))


def id_for(name: Mapping[str, str], taken: Collection[str]) -> str:
    """Empty where there is nothing to make it from."""
    return _free(slug_of(name.get("id") or name.get("en") or ""), taken)


def slug_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: LONGEST_ID - 3].strip("-")


def _free(slug: str, taken: Collection[str]) -> str:
    candidates: Iterable[str] = (slug, *(f"{slug}-{n}" for n in range(2, 100)))
    return next((one for one in candidates if one not in taken), slug) if slug else ""


def content_of(fields: Fields, filled: Filled) -> dict[str, Any]:
    """As in the set-up file. What was left empty is left out, where it may be."""
    return {one.name: value for one in fields if one.name in filled for value in _content(one, filled[one.name])}


def _content(one: Field, value: Any) -> Iterator[Any]:
    """One value, or none."""
    if one.kind in (GROUP, ROWS, TABLE):
        yield _content_of_rows(one, value) if value["on"] else None
    elif one.kind == NAME:
        if value["id"] or value["en"]:
            yield {"id": value["id"] or value["en"], "en": value["en"] or value["id"]}
        elif one.may_be_none:
            yield None
    elif one.kind in (FLAG, TICKS):
        yield value
    elif value == "":
        if one.may_be_none:
            yield None
    else:
        yield _from_text(one, value)


def _content_of_rows(one: Field, value: Any) -> Any:
    rows = [content_of(one.fields, row) for row in value["rows"]]
    if one.kind == GROUP:
        return rows[0]
    return {row.get(KEY, ""): row.get(VALUE, _nothing(one)) for row in rows} if one.kind == TABLE else rows


def _nothing(one: Field) -> Any:
    return [] if one.fields[1].kind in (ROWS, TICKS) else None


def _from_text(one: Field, value: str) -> Any:
    if one.kind == WORDS:
        return _words(value.replace("\n", ","))
    if one.kind == LINES:
        lines = [words for line in value.splitlines() if (words := _words(line))]
        return [words if len(words) > 1 else words[0] for words in lines]
    if one.kind == FREE:
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return value
    return value


def _words(text: str) -> list[str]:
    return [word for word in (part.strip() for part in text.split(",")) if word]


def twice_in_tables(fields: Fields, filled: Filled, path: str = "") -> Iterator[str]:
    """The names of keys that stand twice: a mapping would keep only the last."""
    for one in fields:
        if one.kind not in (GROUP, ROWS, TABLE) or one.name not in filled:
            continue
        rows = filled[one.name]["rows"]
        for place, row in enumerate(rows):
            name = f"{path}{one.name}.{place}."
            if one.kind == TABLE and row[KEY] in [other[KEY] for other in rows[:place]]:
                yield f"{name}{KEY}"
            yield from twice_in_tables(one.fields, row, name)


def name_of_place(fields: Fields, filled: Filled, place: Sequence[int | str]) -> str:
    """The form's name of where pydantic found a fault; the innermost that has one, or none at all."""
    name, inner, steps = "", filled, list(place)
    while steps:
        one = next((one for one in fields if one.name == str(steps[0])), None)
        if one is None or one.name not in inner:
            return name.rstrip(".")
        name, steps = name + one.name, steps[1:]
        if one.kind not in (GROUP, ROWS, TABLE):
            return f"{name}.id" if one.kind == NAME else name
        at = _row_at(one, inner[one.name]["rows"], steps)
        if at is None:
            return name
        name, inner, fields = f"{name}.{at}.", inner[one.name]["rows"][at], one.fields
        if one.kind == TABLE:
            steps = [KEY] if steps[1:2] == ["[key]"] else [VALUE, *steps[1:]]
        elif one.kind == ROWS:
            steps = steps[1:]
    return name.rstrip(".")


def _row_at(one: Field, rows: Sequence[Filled], steps: Sequence[int | str]) -> int | None:
    if one.kind == GROUP:
        return 0 if steps else None
    if not steps:
        return None
    if one.kind == TABLE:
        return next((place for place, row in enumerate(rows) if row[KEY] == str(steps[0])), None)
    return int(steps[0]) if isinstance(steps[0], int) and steps[0] < len(rows) else None
