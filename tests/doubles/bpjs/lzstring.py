"""Writes what JavaScript's LZ-String would write with its alphabet for URLs, to the letter.

integrations/bpjs/lzstring.py tells the form. Nothing is shared with it, so that one can be wrong without the other.
"""

from __future__ import annotations

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
END = 2

Run = tuple[int, ...]  # units of UTF-16


class _Writer:
    """Numbers, of which each is written with as many bits as the largest that may come needs."""

    def __init__(self) -> None:
        self._bits: list[int] = []
        self._width, self._room = 2, 2
        self._numbers: dict[Run, int] = {}
        self._announced: set[Run] = set()

    def knows(self, run: Run) -> bool:
        return run in self._numbers

    def add(self, run: Run) -> None:
        self._numbers[run] = len(self._numbers) + 3

    def announce(self, unit: Run) -> None:
        """A unit that is new: it is spelt out when it is sent for the first time."""
        self.add(unit)
        self._announced.add(unit)

    def send(self, run: Run) -> None:
        if run in self._announced:
            self._announced.discard(run)
            is_wide = run[0] >= 256
            self._write(int(is_wide), self._width)
            self._write(run[0], 16 if is_wide else 8)
            self._make_room()
        else:
            self._write(self._numbers[run], self._width)
        self._make_room()

    def end(self) -> str:
        self._write(END, self._width)
        # There is always a bit behind the last one, and whatever lacks in its character is nought.
        bits = [*self._bits, *[0] * (6 - len(self._bits) % 6)]
        sixes = (bits[at : at + 6] for at in range(0, len(bits), 6))
        return "".join(ALPHABET[int("".join(map(str, six)), 2)] for six in sixes)

    def _write(self, number: int, width: int) -> None:
        self._bits += [number >> place & 1 for place in range(width)]

    def _make_room(self) -> None:
        self._room -= 1
        if self._room == 0:
            self._room = 1 << self._width
            self._width += 1


def compress(text: str) -> str:
    packed = text.encode("utf-16-le", "surrogatepass")
    writer = _Writer()
    run: Run = ()
    for at in range(0, len(packed), 2):
        unit = (int.from_bytes(packed[at : at + 2], "little"),)
        if not writer.knows(unit):
            writer.announce(unit)
        if writer.knows(run + unit):
            run += unit
            continue
        writer.send(run)
        writer.add(run + unit)
        run = unit
    if run:
        writer.send(run)
    return writer.end()
