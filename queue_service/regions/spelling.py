"""Names of villages as they sound: written together or apart, with old spelling, or shortened."""

from __future__ import annotations

import re
import unicodedata

_WORDS = re.compile(r"[a-z0-9]+")
_TITLES = frozenset({"desa", "ds", "kelurahan", "kel", "kec", "kecamatan"})
_SHORT = {
    "gn": "gunung",
    "krg": "karang",
    "lb": "lubuk",
    "lbk": "lubuk",
    "ma": "muara",
    "muaro": "muara",
    "pd": "padang",
    "pg": "pagar",
    "pgr": "pagar",
    "psr": "pasar",
    "sp": "simpang",
    "tj": "tanjung",
    "tjg": "tanjung",
    "tl": "talang",
    "ujg": "ujung",
}
_OLD = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("v", "f"), ("z", "s"))
_TWICE = re.compile(r"([a-z])\1+")


def spoken(text: str) -> str:
    """What names have in common that people write in different ways."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = _WORDS.findall(plain)
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    joined = "".join(_SHORT.get(word, word) for word in words)
    for old, new in _OLD:
        joined = joined.replace(old, new)
    return _TWICE.sub(r"\1", joined)
