"""Indonesian first, English second, and no sentence without its translation."""

import re
import string
from datetime import date, datetime

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from starlette.requests import Request

from queue_service.web.languages import (
    LOCALES,
    clock,
    counted,
    language_of,
    language_of_public_screen,
    long_date,
    sentence,
    translations,
    weekday,
)
from queue_service.web.pages.extraction import find_sentences

CATALOGUE = LOCALES / "id" / "LC_MESSAGES" / "messages.po"


def a_request(query: str = "", cookie: str = "", accepted: str = "") -> Request:
    headers = [(b"cookie", cookie.encode()), (b"accept-language", accepted.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "language"),
    [
        ("", "", "", "id"),
        ("", "", "en-GB,en;q=0.8", "en"),
        ("", "", "de, in;q=0.9, en;q=0.5", "id"),
        ("", "", "de, en;q=0.5, id;q=0.4", "en"),
        ("", "", "en;q=0, fr", "id"),
        ("", "", "en;q=nonsense", "id"),
        ("", "lang=id", "en", "id"),
        ("lang=en", "lang=id", "id", "en"),
        ("lang=xx", "", "", "id"),
    ],
)
def test_the_language_is_what_was_asked_for_last(query: str, cookie: str, accepted: str, language: str) -> None:
    assert language_of(a_request(query, cookie, accepted)) == language


def test_a_public_screen_follows_no_browsers_wishes() -> None:
    assert language_of_public_screen(a_request(accepted="en")) == "id"
    assert language_of_public_screen(a_request(query="lang=en")) == "en"


def test_a_sentence_is_translated_before_its_fields_are_filled_in() -> None:
    template = "Ticket {label} is {status}: {action} is not possible now."
    fields = {"label": "A-012", "status": "held", "action": "serve"}
    assert sentence("en", template, **fields) == "Ticket A-012 is set aside: beginning to serve is not possible now."
    said = sentence("id", template, **fields)
    assert said == "Nomor A-012 disisihkan: mulai dilayani tidak dapat dilakukan sekarang."


def test_a_sentence_of_a_visitor_is_no_template() -> None:
    said = sentence("id", "There is no ticket {label} today.", label="{0.__class__}")
    assert said == "Tidak ada nomor {0.__class__} hari ini."


def test_one_is_one_and_many_are_many() -> None:
    one, many = "{n} person ahead of you", "{n} people ahead of you"
    assert [counted("en", one, many, n) for n in (1, 2)] == ["1 person ahead of you", "2 people ahead of you"]
    assert counted("id", one, many, 2) == "2 orang di depan Anda"


def test_times_and_days_are_written_as_each_language_writes_them() -> None:
    nine_forty = datetime(2026, 11, 23, 9, 40)  # noqa: DTZ001 - what is written is local already
    assert (clock("id", nine_forty), clock("en", nine_forty)) == ("09.40", "09:40")
    monday = date(2026, 11, 23)
    assert (long_date("id", monday), weekday("id", 1)) == ("Senin, 23 November 2026", "Senin")
    assert (long_date("en", monday), weekday("en", 1)) == ("Monday, 23 November 2026", "Monday")


def test_every_sentence_has_an_indonesian_translation() -> None:
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in _catalogue()
        if message.string and all(message.string) and not message.fuzzy
    }
    missing = {where: said for said, where in _said().items() if said not in translated}
    assert not missing


def test_no_translation_is_left_over() -> None:
    kept = {message.id if isinstance(message.id, str) else message.id[0] for message in _catalogue()}
    assert not kept - set(_said())


def test_translations_have_the_fields_of_their_sentences() -> None:
    for message in _catalogue():
        forms = (message.id,) if isinstance(message.id, str) else message.id
        known = set().union(*(_fields(form) for form in forms))
        texts = (message.string,) if isinstance(message.string, str) else message.string or ()
        for text in texts:
            assert _fields(text) <= known, message.id
            assert _fields(text) == known or not isinstance(message.id, str), message.id


def test_the_spelling_is_the_dictionarys() -> None:
    wrong = re.compile(r"antri\b|antrian", re.IGNORECASE)
    assert not [message.id for message in _catalogue() if wrong.search(str(message.string))]


def test_english_needs_no_catalogue() -> None:
    assert translations("en").gettext("Give up") == "Give up"


def _said() -> dict[str, str]:
    """Each sentence with where it stands; of one that has a form for many, the form for one."""
    return {said if isinstance(said, str) else said[0]: where for said, where in find_sentences().items()}


def _catalogue() -> list[Message]:
    with CATALOGUE.open("rb") as file:
        return [message for message in read_po(file, locale="id") if message.id]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
