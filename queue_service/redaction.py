"""What must never be read in a log or on a page, masked should it get into a sentence all the same.

Tokens and keys are known by their form, secrets of connections by their value or by what stands before them, and
numbers of people by how many digits they have. Telling these from other numbers is a matter of judgement:

- 13 digits may be an insurance card or a moment in milliseconds. Cards begin with three zeros, and moments of our years
  with 14 to 22. So what begins with these is taken for a moment, unless blanks, dots or dashes stand in it or a word
  before it speaks of a card: a log without moments cannot be read, and no card is known that begins so.
- 13 or 14 digits that begin with a date of the years 2020 to 2039 are booking codes (20261123000001) or moments that
  are written out (20261123081500).
- 16 digits are a NIK, whatever they look like. More than that are masked as well: they may hold one.
- Digits with blanks, dots and dashes between them are counted together, but for fractions and for a date at their
  beginning: the first two digits of a NIK are a province, and none is 20.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

MASK = "[masked]"

# Tokens and keys

_SECRET_OF_KEY = re.compile(r"(antrean_[0-9a-f]{8}_)[A-Za-z0-9_-]+")
_RUN = re.compile(r"[A-Za-z0-9_-]{32,}")
_is_harmless = re.compile(  # a log without them tells less
    r"[0-9a-f]{32}"  # as proxies and traces count
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|ANTREAN(_[A-Z0-9]{1,40})+"  # a setting's name
    r"|[a-z0-9]{0,20}([-_]+[a-z0-9]{1,20})+"  # words, joined
).fullmatch

# Secrets of connections

_SHORTEST_SECRET = 6  # what is shorter stands in too many words
_hidden: list[str] = []  # the longest first

_ENDING = (  # of what a secret is called
    r"(?:(?:proxy-)?authorization|(?:set-)?cookie|user[_-]?key|consumer[_-]?secret|client[_-]?secret"
    r"|(?:access|refresh|id)?[_-]?token|api[_-]?key|pass(?:word|wd)?|secret|signature)"
)
_NAME = rf"(?:x-[a-z-]{{0,40}}?(?:token|password|authorization|signature|key)|{_ENDING})"
_QUOTE = r"(?:\\?[\"'])"
_VALUE = r"(?:(?:Bearer|Basic|Digest)\s+)?[^\s\"'&,;}\])\\]+"
_QUOTED = re.compile(  # in JSON, in headers as pairs of strings or bytes
    rf"({_QUOTE}{_NAME}{_QUOTE}\s*[:=,]\s*b?({_QUOTE}))(?:(?!\2).)*", re.IGNORECASE | re.DOTALL
)
_ASSIGNED = re.compile(rf"(\b[\w-]{{0,60}}?{_ENDING}(?:=|%3D)){_VALUE}", re.IGNORECASE)  # in addresses and environments
_HEADER = re.compile(
    r"((?<![\w-])(?:(?:proxy-)?authorization|x-[a-z-]{0,40}?(?:token|password|authorization|key)|user[_-]key)\s*:\s*)"
    rf"{_VALUE}|((?<![\w-])(?:(?:set-)?cookie|[a-z-]{{1,40}}-signature)\s*:\s*)[^\n\"']+",
    re.IGNORECASE,
)
_is_secrets_name = re.compile(_NAME, re.IGNORECASE).fullmatch
_USER = re.compile(r"(//[^/\s:@]*:)[^/\s@]+@")  # in an address
_BEARER = re.compile(r"\b(Bearer(?:\s+|%20|\+))[^\s\"'&,;]+", re.IGNORECASE)

# Numbers of people

_BETWEEN = r"(?:[ \t\u00a0.+-]|%20|%09|%2[BbDdEe]|%C2%A0|\\t|\\u00a0|\\xa0)"  # in addresses and in JSON too
_DIGIT = r"(?:\d|%3\d)"
_NUMBER = re.compile(
    r"(?P<harmless>(?<![0-9A-Za-z])(?=[0-9-]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z]))"
    rf"|(?<!\d){_DIGIT}(?:{_BETWEEN}{{0,3}}{_DIGIT}){{12,}}"
)
_ESCAPED = re.compile(r"(\\u(?!00a0)[0-9a-f]{4})")  # a character in JSON, but for a blank
_GROUPS = re.compile(rf"({_BETWEEN}+)")
_PHONE = re.compile(
    rf"(?<!\d)(?:(?:\+|%2B)?62{_BETWEEN}?|0)8\d(?:{_BETWEEN}?\d){{7,10}}(?!\d)"  # a mobile one of Indonesia
    rf"|(?:\+|%2B)\d(?:{_BETWEEN}?\d){{7,14}}(?!\d)",  # any, as it is called from abroad
    re.IGNORECASE,
)
_ENDS = re.compile(rf"^({_BETWEEN}*).*?({_BETWEEN}*)$", re.DOTALL)  # what is between stays there
_LEAST, _NIK = 13, 16  # digits
_DAY = r"20[23]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_is_dated = re.compile(rf"{_DAY}\d{{5,6}}").fullmatch
_is_moment = re.compile(r"(?:1[4-9]|2[0-2])\d{11}").fullmatch
_is_fraction = re.compile(r"0\.\d+|[1-9]\d{0,2}\.\d{1,12}").fullmatch
_is_local_time = re.compile(  # as people write it here, with dots in the time
    r"(?:0[1-9]|[12]\d|3[01])-(?:0[1-9]|1[0-2])-20\d\d [0-2]\d\.[0-5]\d\.[0-5]\d"
).fullmatch
_BEGINS_WITH_DATE = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[ .][0-2]\d\.[0-5]\d\.[0-5]\d)?")
_speaks_of_a_card = re.compile(r"(?:kartu|card|noka|peserta|bpjs|jkn|\bnik)[a-z_]*\W{0,12}$", re.IGNORECASE).search


def redacted(text: str) -> str:
    """Masks whatever looks like a token, a key, a secret, a NIK, a card or a phone number."""
    for secret in _hidden:
        text = text.replace(secret, MASK)
    text = _SECRET_OF_KEY.sub(rf"\1{MASK}", text)
    text = _QUOTED.sub(rf"\1{MASK}", text)
    text = _HEADER.sub(_mask_after_name, _ASSIGNED.sub(rf"\1{MASK}", text))
    text = _USER.sub(rf"\1{MASK}@", text)
    text = _RUN.sub(_mask_of_run, _BEARER.sub(rf"\1{MASK}", text))
    parts = _ESCAPED.split(text)  # of whose digits none belongs to a number beside it
    parts[::2] = (_PHONE.sub(MASK, _NUMBER.sub(_mask_of_number, part)) for part in parts[::2])
    return "".join(parts)


def hide(secret: str) -> None:
    """From now on this is masked wherever it stands: what a connection was given, in whatever form it is."""
    if len(secret) >= _SHORTEST_SECRET:
        _hidden[:] = sorted({*_hidden, secret, quote(secret, safe="")}, key=len, reverse=True)


def redacted_field(name: str, text: str) -> str:
    """A value, where its name says more about it."""
    if _is_secrets_name(name):
        return MASK
    told = redacted(f"{name}={text}")
    return told[len(name) + 1 :] if told.startswith(f"{name}=") else redacted(text)


def _mask_after_name(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}{MASK}"


def _mask_of_run(run: re.Match[str]) -> str:
    return run[0] if _is_harmless(run[0]) else MASK


def _mask_of_number(found: re.Match[str]) -> str:
    if found["harmless"]:
        return found[0]
    date = _BEGINS_WITH_DATE.match(found[0])
    if date and not found[0][date.end() : date.end() + 1].isdigit():
        return date[0] + _mask_of_groups(found[0][date.end() :], "")
    return _mask_of_groups(found[0], found.string[max(0, found.start() - 40) : found.start()])


def _mask_of_groups(text: str, before: str) -> str:
    """Groups of digits with something between: those that are long enough alone, and all others together."""
    if _is_fraction(text) or _is_local_time(text):
        return text
    groups = _GROUPS.split(text)
    digits = [unquote_plus(group) for group in groups]
    if len(groups) > 1 and sum(map(len, digits[::2])) <= _NIK:
        return _mask_of_stretch(text)  # though a part of it looks like a moment
    told, stretch = "", ""
    for place, group in enumerate(groups):
        if place % 2 or len(digits[place]) < _LEAST:
            stretch += group
        else:
            told += _mask_of_stretch(stretch) + (group if _is_no_persons(digits[place], before) else MASK)
            before = stretch = ""
    return told + _mask_of_stretch(stretch)


def _mask_of_stretch(text: str) -> str:
    if sum(c.isdigit() for c in unquote_plus(text)) < _LEAST:
        return text
    return _ENDS.sub(rf"\1{MASK}\2", text)


def _is_no_persons(digits: str, before: str) -> bool:
    if _speaks_of_a_card(before):
        return False
    readings = [digits, digits.removeprefix("20")] if before.endswith("%") else [digits]  # a blank in an address
    return any(_is_dated(each) or _is_moment(each) for each in readings)
