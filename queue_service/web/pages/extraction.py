"""Finds the sentences for people; `python -m queue_service.web.pages.extraction` merges them into the catalogue."""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from typing import Any, BinaryIO

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from queue_service.domain.errors import Refusal
from queue_service.records.misfits import Unfit
from queue_service.web.languages import DISPLAY, LOCALES

# As Babel wants it: line, gettext's name for the kind, the message or both its forms, comments.
Found = tuple[int, str, str | tuple[str, ...], list[str]]

_SINGLE = {"N_": 0, "sentence": 1}  # which argument is the sentence
_PLURAL = {"counted": (1, 2)}
_IN_TEMPLATES = {"say": "gettext", "text": "gettext", "count": "ngettext", "both": "ngettext"}


def extract_code(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """What is said by name, by a refusal or a misfit, and by a table whose name ends in SENTENCES."""
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

    def below(kind: type[Exception]) -> Iterator[str]:
        yield kind.__name__
        for narrower in kind.__subclasses__():
            yield from below(narrower)

    return frozenset((*below(Refusal), *below(Unfit)))


def find_sentences() -> dict[str | tuple[str, ...], str]:
    """Every sentence, or its forms for one and for many, and where it stands."""
    config = configparser.ConfigParser()
    config.read(DISPLAY.parent / "babel.cfg")
    sections = [section.split(": ", 1) for section in config.sections() if ": " in section]
    mapping = [(pattern, config["extractors"][method]) for method, pattern in sections]
    return {
        tuple(message) if isinstance(message, (list, tuple)) else message: f"{folder}/{name}:{line}"
        for folder in ("queue_service", "integrations", "display")
        for name, line, message, _, _ in extract_from_dir(DISPLAY.parent / folder, mapping)
    }


def merge(language: str) -> list[str]:
    """Writes the catalogue anew: what is translated stays, what nobody says any more goes. Answers what lacks words."""
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    head, _, _ = path.read_text().partition("\n\n")
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = find_sentences()
    for message in [message.id for message in catalogue if message.id and message.id not in found]:
        catalogue.delete(message)
    for message in found:
        if message not in catalogue:
            catalogue.add(message)
    written = BytesIO()
    write_po(written, catalogue, width=0, omit_header=True, sort_output=True)
    path.write_text(f"{head}\n\n{written.getvalue().decode().strip()}\n")
    return [str(message.id) for message in catalogue if message.id and not (message.string and all(message.string))]


if __name__ == "__main__":
    for untranslated in merge("id"):
        print(untranslated)
