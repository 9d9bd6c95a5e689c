"""Finds the sentences for people, for `make words` and for the test that none lacks a translation; see babel.cfg."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from typing import Any, BinaryIO

from jinja2.ext import babel_extract

from queue_service.domain.errors import Refusal

# As Babel wants it: line, gettext's name for the kind, the message or both its forms, comments.
Found = tuple[int, str, str | tuple[str, ...], list[str]]

_SINGLE = {"N_": 0, "sentence": 1}  # which argument is the sentence
_PLURAL = {"counted": (1, 2)}
_IN_TEMPLATES = {"say": "gettext", "text": "gettext", "count": "ngettext", "both": "ngettext"}


def extract_code(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """What is said by name, by a refusal, and by a table whose name ends in SENTENCES."""
    refusals = _names_of_refusals()
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call):
            yield from _in_call(node, refusals)
        elif isinstance(node, ast.Assign) and _is_table(node.targets[0]) and isinstance(node.value, ast.Dict):
            for value in node.value.values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.lineno, "gettext", value.value, []


def extract_template(file: BinaryIO, keywords: Any, comment_tags: Any, options: dict[str, Any]) -> Iterator[Found]:
    for line, function, messages, comments in babel_extract(file, list(_IN_TEMPLATES), comment_tags, options):
        kind = _IN_TEMPLATES[function]
        several = messages if isinstance(messages, tuple) else (messages,)
        told = tuple(message for message in several if message is not None)
        if told:
            yield line, kind, told[:2] if kind == "ngettext" else told[0], comments


def _in_call(call: ast.Call, refusals: frozenset[str]) -> Iterator[Found]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "get" and _is_table(call.func.value):
        name = "sentence"  # what stands there when the table has nothing: its second argument
    if name in _PLURAL:
        forms = [_text(call, place) for place in _PLURAL[name]]
        if all(forms):
            yield call.lineno, "ngettext", tuple(filter(None, forms)), []
        return
    message = _text(call, 0 if name in refusals else _SINGLE.get(name, -1))
    if message:
        yield call.lineno, "gettext", message, []


def _text(call: ast.Call, place: int) -> str | None:
    value = call.args[place] if 0 <= place < len(call.args) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _is_table(value: ast.expr) -> bool:
    return isinstance(value, ast.Name) and value.id.endswith("SENTENCES")


def _names_of_refusals() -> frozenset[str]:
    import_module("queue_service.app")  # which imports every module that has one

    def below(kind: type[Refusal]) -> Iterator[str]:
        yield kind.__name__
        for narrower in kind.__subclasses__():
            yield from below(narrower)

    return frozenset(below(Refusal))
