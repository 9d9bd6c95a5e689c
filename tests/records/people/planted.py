"""Looks for what must not be there: the planted name, phone and NIK, in every spelling in which they could leak."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote, quote_plus, unquote_plus

_JSON_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_BETWEEN = re.compile(rb"[\s._+\-\x00]")
SHORTEST = 6  # a fragment of base64 shorter than that is found anywhere by chance


class Searcher:
    def __init__(self, planted: dict[str, str]) -> None:
        self._needles = {what: _spellings(text) for what, text in planted.items()}

    def leaks(self, haystack: bytes) -> list[str]:
        """What of it is in there."""
        forms = list(_forms(haystack))
        return [
            what
            for what, (plain, exact) in self._needles.items()
            if any(needle in form for form in forms for needle in plain) or any(one in haystack for one in exact)
        ]


def _spellings(text: str) -> tuple[set[bytes], set[bytes]]:
    """Those that are looked for whatever their case and spacing; and those that are as they are: base64, by where in
    its groups of three the text begins."""
    plain = {spelt.lower().encode() for spelt in (text, quote(text), quote_plus(text), text.encode().hex())}
    plain |= {_BETWEEN.sub(b"", spelt) for spelt in plain} | {text.lower()[::-1].encode()}
    exact = set()
    for spelt in {text, text.upper(), text.lower(), "".join(text.split())}:
        for before in range(3):
            encoded = b64encode(b"\0" * before + spelt.encode())
            core = encoded[(0, 2, 3)[before] :].rstrip(b"=")[:-1]
            assert len(core) >= SHORTEST
            exact |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return plain, exact


def _forms(haystack: bytes) -> Iterator[bytes]:
    lower = haystack.lower()
    yield lower
    yield _BETWEEN.sub(b"", lower)
    text = haystack.decode("utf-8", "replace")
    for read in (unquote_plus(text), unescape(text), _JSON_ESCAPE.sub(_character, haystack).decode("utf-8", "replace")):
        yield read.lower().encode()
        yield _BETWEEN.sub(b"", read.lower().encode())


def _character(escape: re.Match[bytes]) -> bytes:
    return chr(int(escape[1], 16)).encode("utf-8", "replace")
