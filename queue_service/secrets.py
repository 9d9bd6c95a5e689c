"""The service's secret, and what is derived from it. Two at a time, so that one can replace the other."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

SHORTEST = 16  # characters of a secret given by hand

Place = tuple[str, date]  # a branch and a day


class Secrets:
    """The first signs, all are accepted."""

    def __init__(self, values: Sequence[str]) -> None:
        if not values or any(len(value) < SHORTEST for value in values):
            raise ValueError(
                f"ANTREAN_SECRET: expected at least {SHORTEST} characters, or two such with a comma between."
            )
        self._keys = [hashlib.sha256(value.encode()).digest() for value in values]
        self._of_days: dict[Place, Sequence[bytes]] = {}

    def digest(self, purpose: str, message: bytes) -> bytes:
        """32 bytes. The purpose keeps a token from ever passing as a session or a key."""
        return next(self.digests(purpose, message))

    def digests(self, purpose: str, message: bytes) -> Iterator[bytes]:
        return (_digest(key, purpose, message) for key in self._keys)

    def keys_of(self, place: Place) -> Sequence[bytes]:
        """Of one branch on one day. Whoever has them can sign for that day, and for nothing else."""
        return self._of_days.get(place) or list(self.digests("day", _words(place)))

    def take_along(self, place: Place, keys: Sequence[bytes]) -> None:
        """For that day these are used, which somebody else's secret made."""
        self._of_days[place] = keys

    def digest_of(self, place: Place, purpose: str, message: bytes) -> bytes:
        return next(self.digests_of(place, purpose, message))

    def digests_of(self, place: Place, purpose: str, message: bytes) -> Iterator[bytes]:
        return (_digest(key, purpose, message) for key in self.keys_of(place))


def _digest(key: bytes, purpose: str, message: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + message, "sha256")


def _words(place: Place) -> bytes:
    branch, day = place
    return f"{day.isoformat()}/{branch}".encode()


def load_secrets(given: str | None, folder: Path) -> Secrets:
    """From the environment (`NEW` or `NEW,OLD`), or from a file that the first start makes in the data folder."""
    text = given or kept_in(folder / "secret", lambda: secrets.token_urlsafe(32))
    return Secrets([value.strip() for value in text.split(",")] if given else [text])


def kept_in(path: Path, make: Callable[[], str]) -> str:
    """What the first start made and wrote there; nobody else may read it."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(made, path)  # fails when another process was first: then its secret counts
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path.read_text().strip()
