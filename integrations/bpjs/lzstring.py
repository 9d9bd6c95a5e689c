"""Reads what JavaScript's LZ-String wrote with its alphabet for URLs.

A stream of numbers: 0 and 1 announce a unit of UTF-16 in 8 or 16 bits that was not met before, 2 is the end, and any
other is a run that was met before, by the order in which the runs came to be. Numbers grow by a bit each time that the
runs no longer fit. The lowest bit comes first; each character carries six, the first of them its highest.
"""

from __future__ import annotations

import sys
from array import array

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
LONGEST = 16 * 1024 * 1024  # units of UTF-16

NARROW, WIDE, END = 0, 1, 2

# Six bits of each, turned round: what is read first lies lowest. `$` only fills up.
_SIX_BITS = {letter: int(f"{number & 63:06b}"[::-1], 2) for number, letter in enumerate(ALPHABET)}


class Garbled(ValueError):
    """It is no such stream; the sentence holds nothing of what was given."""


class _Numbers:
    def __init__(self, text: str) -> None:
        self._letters = iter(text)
        self._bits = 0
        self._count = 0

    def read(self, width: int) -> int:
        while self._count < width:
            letter = next(self._letters, None)
            if letter is None:
                raise Garbled("it ends too early")
            if letter not in _SIX_BITS:
                raise Garbled("a character in it is none of the alphabet")
            self._bits |= _SIX_BITS[letter] << self._count
            self._count += 6
        number = self._bits & ((1 << width) - 1)
        self._bits >>= width
        self._count -= width
        return number


def decompress(text: str, longest: int = LONGEST) -> str:
    """Raises Garbled, also where more than `longest` units would come out."""
    numbers = _Numbers(text)
    units = array("H")
    # Each run lies somewhere in what was read already, so it costs two numbers however long it is.
    runs: list[tuple[int, int]] = []
    width, room = 2, 1
    last: tuple[int, int] | None = None
    while (number := numbers.read(width)) != END:
        start = len(units)
        if number in (NARROW, WIDE):
            units.append(numbers.read(8 if number == NARROW else 16))
            runs.append((start, 1))
            room -= 1
            width, room = (width + 1, 1 << width) if room == 0 else (width, room)
        else:
            _repeat(units, _run(number - 3, runs, last))
        if len(units) > longest:
            raise Garbled("it is too long")
        if last is not None:
            runs.append((last[0], last[1] + 1))  # with the first unit of what has just come behind it
            room -= 1
            width, room = (width + 1, 1 << width) if room == 0 else (width, room)
        last = (start, len(units) - start)
    return _text_of(units)


def _run(index: int, runs: list[tuple[int, int]], last: tuple[int, int] | None) -> tuple[int, int]:
    if index < len(runs):
        return runs[index]
    if index == len(runs) and last is not None:
        return last[0], last[1] + 1  # the one that this very number makes
    raise Garbled("it refers to what was never there")


def _repeat(units: array[int], run: tuple[int, int]) -> None:
    start, length = run
    known = units[start : start + length]
    units.extend(known)
    if len(known) < length:
        units.append(known[0])


def _text_of(units: array[int]) -> str:
    """Characters beyond U+FFFF came as two halves; a half without its other one becomes U+FFFD."""
    return units.tobytes().decode(f"utf-16-{sys.byteorder[0]}e", errors="replace")
