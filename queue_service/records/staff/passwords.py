"""Passwords: what makes a good one, and how one is kept (argon2id)."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import get_default_parameters

from queue_service.domain.errors import Invalid

SHORTEST, LONGEST = 12, 128  # characters
AT_ONCE = 2  # each takes 64 MiB while it is being hashed
ONCE = timedelta(days=3)  # a password that somebody else made

_NAMES = ("antrean", "administrator", "rumahsakit", "disdukcapil", "puskesmas")
# What people in Indonesia and elsewhere choose most, as far as it has twelve characters once digits are put behind it.
_WORDS = (
    "password passwordpassword katasandi rahasia sayang sayangku bismillah bismillahirrahmanirrahim indonesia "
    "indonesiaraya merdeka qwerty qwertyuiop qwertyuiopasdf asdfghjkl asdfghjklzxcvbnm zxcvbnm letmein welcome admin "
    "adminadmin iloveyou iloveyouiloveyou akucintakamu terserah jakarta palembang lahat alhamdulillah assalamualaikum "
    "q1w2e3r4t5y6 1q2w3e4r5t6y 1qaz2wsx3edc abcdefghijkl abcdefghijklm"
)
_COMMON = frozenset(_WORDS.split())
_DIGITS = "01234567890123456789"
_ONCE = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read for another


def profile() -> Parameters:
    """What the library recommends now. Whoever signs in with a hash of other parameters gets a new one."""
    return get_default_parameters()


def check_new_password(password: str, names: Iterable[str]) -> None:
    """`names`: of whose it is to be. Raises Invalid."""
    password = _same(password)
    if len(password) < SHORTEST:
        raise Invalid("A password has at least {least} characters. Several words make a good one.", least=SHORTEST)
    if len(password) > LONGEST:
        raise Invalid("A password has at most {most} characters.", most=LONGEST)
    if _is_easy(password, names):
        raise Invalid("Others would guess this password. Several words that do not belong together make a good one.")


def _is_easy(password: str, names: Iterable[str]) -> bool:
    plain = re.sub(r"[\W_]+", "", password.casefold())
    word = re.sub(r"\d+", "", plain)
    own = {re.sub(r"[\W_]+", "", name.casefold()) for name in names}
    known = _COMMON | own | set(_NAMES)
    is_one_again_and_again = any(plain == (plain[:n] * len(plain))[: len(plain)] for n in (1, 2, 3, 4))
    is_counted = plain in _DIGITS or plain in _DIGITS[::-1]
    return is_one_again_and_again or is_counted or plain in known or word in known or _repeated(word) in known


def _repeated(word: str) -> str:
    """antrean of antreanantrean."""
    half = len(word) // 2
    return word[:half] if word[:half] * 2 == word else word


def new_one_time_password() -> str:
    return "-".join("".join(secrets.choice(_ONCE) for _ in range(5)) for _ in range(4))


def _same(password: str) -> str:
    """The same letters may be typed as other code points on another keyboard."""
    return unicodedata.normalize("NFKC", password)


@dataclass(frozen=True, slots=True)
class Verdict:
    is_right: bool
    is_outdated: bool = False  # right, but of other parameters than today's


class Passwords:
    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(profile())
        self._nobodys: str | None = None
        self._lanes = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: str) -> str:
        async with self._lanes:
            return await asyncio.to_thread(self._hasher.hash, _same(password))

    async def verify(self, kept: str | None, password: str) -> Verdict:
        """`kept` None: there is no such account, or none with a password. That takes as long, and is wrong."""
        async with self._lanes:
            return await asyncio.to_thread(self._verify, kept, _same(password[: LONGEST + 1]))

    def _verify(self, kept: str | None, password: str) -> Verdict:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_urlsafe())
        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return Verdict(False)
        return Verdict(kept is not None, kept is not None and self._hasher.check_needs_rehash(kept))
