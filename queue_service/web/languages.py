"""Languages of the screens: Indonesian first, English second. Message ids are the English sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.core import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

DISPLAY = Path(__file__).resolve().parents[2] / "display"
LOCALES = DISPLAY / "locales"
LANGUAGES: Mapping[str, str] = MappingProxyType({"id": "Bahasa Indonesia", "en": "English"})
DEFAULT = "id"

# British: a day of 24 hours, and the day before the month, as the rest of the country writes it.
_FORMATS = {"id": Locale("id"), "en": Locale("en", "GB")}
_OLD_NAMES = {"in": "id"}  # what older phones call Indonesian


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract this, translate it later"
    return message


# What the domain calls a status or an action, where one stands as a field in a sentence.
_SPOKEN: Mapping[str, str] = MappingProxyType(
    {
        "waiting": N_("waiting"),
        "called": N_("called"),
        "serving": N_("being served"),
        "held": N_("set aside"),
        "no_show": N_("missed"),
        "completed": N_("completed"),
        "cancelled": N_("cancelled"),
        "open": N_("open"),
        "paused": N_("paused"),
        "closed": N_("closed"),
        "call": N_("calling"),
        "recall": N_("calling again"),
        "serve": N_("beginning to serve"),
        "complete": N_("completing"),
        "mark_no_show": N_("marking as missed"),
        "hold": N_("setting aside"),
        "requeue": N_("returning to the queue"),
        "transfer": N_("sending on"),
        "cancel": N_("cancelling"),
        "step_away": N_("stepping away"),
        "check_in": N_("checking in"),
        "give_feedback": N_("rating"),
        "received": N_("received"),
        "need_info": N_("waiting for an answer"),
        "pre_check": N_("being checked"),
        "scheduled": N_("scheduled"),
        "merged": N_("merged with another"),
        "declined": N_("declined"),
        "withdrawn": N_("withdrawn"),
        "check": N_("checking"),
        "ask": N_("asking back"),
        "answer": N_("answering"),
        "schedule": N_("giving a visit"),
        "take_out": N_("taking out of a visit"),
        "merge": N_("merging"),
        "decline": N_("declining"),
        "withdraw": N_("withdrawing"),
        "change_contact": N_("changing the contact"),
        "choose_dates": N_("choosing days"),
        "join": N_("merging"),
        "body": N_("Name of the village, school or agency"),
        "place": N_("Place"),
        "access": N_("The way there"),
        "letter": N_("Letter"),
        "question": N_("Question"),
        "reason": N_("Reason"),
        "name": N_("Name"),
        "phone": N_("Phone number"),
        "nik": N_("NIK"),
    }
)
_SPOKEN_FIELDS = frozenset({"status", "state", "action", "step", "asked"})


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue, compiled in memory: what is read is what is in the repository."""
    catalogue = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language not in LANGUAGES or not catalogue.exists():
        return NullTranslations()
    with catalogue.open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return GNUTranslations(compiled)


def sentence(language: str, template: str, /, **fields: object) -> str:
    """The template in that language, its named fields filled in."""
    said = translations(language).gettext(template)
    return said.format(**{name: _spoken(language, name, value) for name, value in fields.items()}) if fields else said


def counted(language: str, one: str, many: str, n: int, /, **fields: object) -> str:
    return translations(language).ngettext(one, many, n).format(n=n, **fields)


def _spoken(language: str, name: str, value: object) -> object:
    if name in _SPOKEN_FIELDS and str(value) in _SPOKEN:
        return translations(language).gettext(_SPOKEN[str(value)])
    return value


def language_of(request: HTTPConnection) -> str:
    """What was asked for: in the address, then once before (cookie), then by the browser; else Indonesian."""
    chosen = (request.query_params.get("lang"), request.cookies.get("lang"), *_accepted(request))
    return next((language for language in chosen if language and language in LANGUAGES), DEFAULT)


def language_of_public_screen(request: HTTPConnection) -> str:
    """A lobby screen or kiosk speaks to everybody: what its own browser prefers says nothing."""
    asked = request.query_params.get("lang")
    return asked if asked and asked in LANGUAGES else DEFAULT


def _accepted(request: HTTPConnection) -> Iterator[str]:
    ranked = []
    for place, part in enumerate(request.headers.get("accept-language", "")[:200].split(",")):
        tag, _, quality = part.strip().partition(";")
        language = tag.strip().split("-")[0].lower()
        ranked.append((-_quality(quality), place, _OLD_NAMES.get(language, language)))
    return (language for rank, _, language in sorted(ranked) if rank < 0)


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def clock(language: str, moment: datetime) -> str:
    """Hours and minutes of an already local moment: 09.40 in Indonesian, 09:40 in English."""
    return str(format_time(moment, "short", locale=_FORMATS[language]))


def long_date(language: str, day: date) -> str:
    return str(format_date(day, "full", locale=_FORMATS[language]))


def short_date(language: str, day: date) -> str:
    """With its weekday, for a row of days: Senin, 23 Nov."""
    return str(format_date(day, "EEEE, d MMM", locale=_FORMATS[language]))


def day_and_month(language: str, day: date) -> str:
    """For lists of what was: 23 Nov 2026."""
    return str(format_date(day, "d MMM y", locale=_FORMATS[language]))


def weekday(language: str, number: int) -> str:
    """The name of an ISO weekday, Monday being 1."""
    return str(_FORMATS[language].days["stand-alone"]["wide"][number - 1])
