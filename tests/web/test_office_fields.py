"""Whatever a plan may say has a field, with words in both languages; and no field loses what is put into it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from queue_service.records.calendar_plans import CalendarPlan, Plan
from queue_service.records.plans import BranchPlan, ConnectionPlan, SetupPlan, StaffPlan
from queue_service.web.languages import translations
from queue_service.web.pages.office.fields import (
    CHOICE,
    DATE,
    FLAG,
    FREE,
    GROUP,
    KEY,
    LINES,
    NAME,
    NUMBER,
    PARTS,
    ROWS,
    TABLE,
    TEXT,
    TICKS,
    TIME,
    VALUE,
    WORDS,
    Field,
    fields_of,
    walk,
)
from queue_service.web.pages.office.filled import Filled, content_of, fill, read, without_blanks
from queue_service.web.pages.office.labels import LABELS, Label
from tests.web.offices import HOURS, SETUP, an_office, fields_on, form_of

DOCUMENTS = (BranchPlan, CalendarPlan, ConnectionPlan)


def labelled() -> Iterator[tuple[str, Field]]:
    for model in DOCUMENTS:
        for path, one in walk(fields_of(model, is_document=model is BranchPlan)):
            yield f"{model.__name__}.{path}", one


def models_below(model: type[BaseModel]) -> set[type[BaseModel]]:
    """Every model that a value of this one may hold."""
    found = {model}
    for one in fields_of(model, is_document=True):
        for _, inner in [("", one), *walk(one.fields)]:
            if inner.model is not None:
                found.add(inner.model)
    return found


def words_of(label: Label) -> Iterator[str]:
    yield from (words for words in (label.words, label.hint, label.switch, label.row) if words)
    yield from label.choices.values()


def test_every_field_of_a_plan_has_a_label() -> None:
    for model in set().union(*(models_below(document) for document in DOCUMENTS)):
        for name in model.model_fields:
            owners = [owner.__name__ for owner in model.__mro__]
            assert any(f"{owner}.{name}" in LABELS for owner in owners), f"{model.__name__}.{name} has no label"


def test_no_label_is_left_over() -> None:
    known = {owner for document in DOCUMENTS for model in models_below(document) for owner in model.__mro__}
    fields = {f"{owner.__name__}.{name}" for owner in known for name in getattr(owner, "model_fields", {})}
    assert not set(LABELS) - fields


def test_every_document_of_a_set_up_has_its_pages() -> None:
    accounts = {StaffPlan}  # have pages of their own
    assert {one.model for one in fields_of(SetupPlan)} == set(DOCUMENTS) | accounts


def test_labels_are_said_in_both_languages_and_choices_in_words() -> None:
    indonesian = translations("id")
    for place, one in labelled():
        for words in words_of(one.label):
            assert indonesian.gettext(words) != words or words in SAME_IN_BOTH, f"{place}: {words}"
        assert set(one.choices) <= set(one.label.choices), f"{place}: choices without words"


SAME_IN_BOTH = {"Id", "NIK"}


async def test_every_field_stands_on_a_page(tmp_path: Path) -> None:
    """With a row added wherever one can be."""
    async with an_office(tmp_path, HOURS) as at:
        root = f"{SETUP}/branches/kecamatan-contoh"
        branch = fields_of(BranchPlan, is_document=True)
        pages = {f"{root}/edit": [one for one in branch if one.kind != PARTS]}
        pages |= {f"{root}/new/{one.name}": list(one.fields) for one in branch if one.kind == PARTS}
        pages[f"{SETUP}/new/calendars"] = list(fields_of(CalendarPlan))
        pages[f"{SETUP}/new/connections"] = list(fields_of(ConnectionPlan))
        for address, fields in pages.items():
            page = await at.open(address)
            for rows in places_of_rows(fields):
                page = (await at.send(address, form_of(page), add=rows)).text
            shown = fields_on(page)
            for name in names_of(fields):
                is_fixed = name == "id" and address.endswith("/edit")
                assert name in shown or is_fixed, f"{address} lacks {name}"


def places_of_rows(fields: list[Field], path: str = "") -> Iterator[str]:
    for one in fields:
        if one.kind in (ROWS, TABLE):
            yield f"{path}{one.name}"
        if one.kind in (ROWS, TABLE, GROUP):
            yield from places_of_rows(list(one.fields), f"{path}{one.name}.0.")


def names_of(fields: list[Field], path: str = "") -> Iterator[str]:
    for one in fields:
        if one.kind in (ROWS, TABLE, GROUP):
            if one.has_switch:
                yield f"{path}{one.name}.on"
            yield from names_of(list(one.fields), f"{path}{one.name}.0.")
        elif one.kind == NAME:
            yield f"{path}{one.name}.id"
            yield f"{path}{one.name}.en"
        elif not (one.kind == TICKS and one.label.of and not one.choices):  # there may be nothing to tick yet
            yield f"{path}{one.name}"


# Through a form and back


def sent_of(fields: tuple[Field, ...], filled: Filled, path: str = "") -> Iterator[tuple[str, str]]:
    """As a browser sends it."""
    for one in fields:
        name, value = f"{path}{one.name}", filled[one.name]
        if one.kind in (GROUP, ROWS, TABLE):
            if value["on"] and one.may_be_none:
                yield f"{name}.on", "yes"
            for place, row in enumerate(value["rows"]):
                yield f"{name}.rows", str(place)
                yield from sent_of(one.fields, row, f"{name}.{place}.")
        elif one.kind == NAME:
            yield from ((f"{name}.{language}", value[language]) for language in ("id", "en"))
        elif one.kind == FLAG:
            yield from [(name, "yes")] if value else []
        elif one.kind == TICKS:
            yield from ((name, item) for item in value)
        else:
            yield name, value


def through_a_form(model: type[Plan], plan: Plan) -> Plan:
    fields = fields_of(model)
    sent: dict[str, list[str]] = {}
    for name, value in sent_of(fields, fill(fields, plan.model_dump(mode="json", by_alias=True))):
        sent.setdefault(name, []).append(value)
    return model.model_validate(content_of(fields, without_blanks(fields, read(fields, sent))))


WORDS_OF_PEOPLE = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30).filter(str.strip)
SLUGS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
SETTINGS = st.dictionaries(SLUGS, st.integers() | st.booleans() | WORDS_OF_PEOPLE | st.lists(SLUGS), max_size=3)
SENTENCES = st.lists(WORDS_OF_PEOPLE, min_size=10, max_size=12).map(" ".join)
STAGES = st.lists(SLUGS | st.lists(SLUGS, min_size=2, max_size=3), min_size=1, max_size=4)
NAMES = st.fixed_dictionaries({"id": WORDS_OF_PEOPLE, "en": WORDS_OF_PEOPLE})
OPENS, CLOSES = st.times(max_value=time(11, 59)), st.times(min_value=time(12, 0))
FIRST = st.dates(date(2026, 1, 1), date(2026, 6, 30))
LAST = st.dates(date(2026, 7, 1), date(2026, 12, 31))
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "prefix": st.from_regex(r"[A-Z]{1,3}", fullmatch=True),
    "reminders": st.lists(st.sampled_from(["1d", "2h", "30m"]), unique=True, max_size=3),
    "regency": st.just("16.04"),
    "base": st.from_regex(r"16\.04\.[0-9]{2}\.[0-9]{4}", fullmatch=True).filter(str.isascii),
    "timezone": st.sampled_from(["Asia/Jakarta", "Asia/Jayapura"]),
}


def plans_of(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Of every kind of field as much as may stand there."""
    return st.fixed_dictionaries(
        {one.name: values_of(one) for one in fields if one.is_required},
        optional={one.name: values_of(one) for one in fields if not one.is_required},
    )


def values_of(one: Field) -> st.SearchStrategy[Any]:
    value = BY_NAME[one.name] if one.name in BY_NAME else _values(one)
    return st.none() | value if one.may_be_none else value


def _values(one: Field) -> st.SearchStrategy[Any]:
    if one.kind == GROUP:
        return plans_of(one.fields)
    if one.kind in (ROWS, PARTS):
        return st.lists(plans_of(one.fields), min_size=1, max_size=3)
    if one.kind == TABLE:
        return st.dictionaries(values_of(one.fields[0]), values_of(one.fields[1]), max_size=3)
    if one.kind == TICKS:
        return st.lists(st.sampled_from(one.choices) if one.choices else SLUGS, min_size=1, max_size=4, unique=True)
    if one.kind == NUMBER:
        least, most = one.limits.get("ge", 0), one.limits.get("le", 100)
        return st.integers(int(least), int(most)) if most >= 1 else st.sampled_from([0, 0.1, most])
    if one.choices:
        return st.sampled_from(one.choices)
    if one.kind in (TIME, DATE):
        return _moment(one)
    if one.kind == TEXT and one.limits.get("min_length", 1) > 1:
        return SENTENCES
    return {NAME: NAMES, FLAG: st.booleans(), FREE: SETTINGS, LINES: STAGES}.get(one.kind, SLUGS)


def _moment(one: Field) -> st.SearchStrategy[str]:
    """What is “from” begins before what is “to”."""
    if one.kind == TIME:
        return (OPENS if one.name == "from" else CLOSES).map(time.isoformat)
    return {"from": FIRST, "to": LAST}.get(one.name, FIRST | LAST).map(date.isoformat)


EDITED = sorted(models_below(BranchPlan) | {CalendarPlan, ConnectionPlan}, key=lambda model: model.__name__)


@pytest.mark.parametrize("model", [model for model in EDITED if model is not BranchPlan], ids=lambda m: m.__name__)
def test_what_goes_through_a_form_comes_back_as_it_was(model: type[Plan]) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(plans_of(fields_of(model)))
    def check(content: dict[str, Any]) -> None:
        try:
            plan = model.model_validate(content)
        except ValidationError as error:
            assume(any(fault["type"] != "value_error" for fault in error.errors()))  # each for itself is good
            raise
        assert through_a_form(model, plan) == plan

    check()


class Inner(Plan):
    at: time
    is_loud: bool = False


class Unheard(Plan):
    """Of a kind that no plan has yet: others may add such."""

    steps: list[Inner] = []  # noqa: RUF012 - pydantic copies it
    factor: float = 1.5
    words: list[str] = []  # noqa: RUF012
    limit: int | Literal["auto"] = "auto"
    lines: list[str | list[str]] = []  # noqa: RUF012
    table: dict[str, Inner] = {}  # noqa: RUF012
    pair: tuple[int, int] | None = None
    inner: Inner | None = None


@pytest.mark.parametrize(
    "plan",
    [
        Unheard(),
        Unheard(limit=7, factor=0.25, words=["a", "b c"], lines=["a", ["b", "c"]], pair=(1, 2)),
        Unheard(
            steps=[Inner(at=time(7, 30), is_loud=True)], table={"x": Inner(at=time(8))}, inner=Inner(at=time(9, 1))
        ),
    ],
)
def test_fields_that_nobody_has_thought_of_lose_nothing_either(plan: Unheard) -> None:
    kinds = {one.name: one.kind for one in fields_of(Unheard)}
    assert kinds["steps"] == ROWS and kinds["table"] == TABLE and kinds["inner"] == GROUP
    assert (kinds["limit"], kinds["pair"], kinds["factor"], kinds["words"]) == (FREE, FREE, NUMBER, WORDS)
    assert kinds["lines"] == LINES
    assert {one.kind for one in fields_of(Inner)} == {TIME, FLAG}
    assert through_a_form(Unheard, plan) == plan


def test_a_mapping_is_rows_of_a_key_and_a_value() -> None:
    days = next(one for one in fields_of(CalendarPlan) if one.name == "days_off")
    assert [(one.name, one.kind) for one in days.fields] == [(KEY, DATE), (VALUE, NAME)]
    calendar = next(one for one in fields_of(BranchPlan) if one.name == "calendar")
    assert calendar.kind == CHOICE
