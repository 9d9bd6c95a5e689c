"""How people's data are encrypted: AES-256 in GCM, each value bound to its row and field, nonces random.

What has to be found again has a keyed digest beside it. A plain one would tell: there are few enough NIK to try all.
"""

from __future__ import annotations

import binascii
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from queue_service.faults import Fault
from queue_service.secrets import kept_in

KEY_BYTES = 32
NONCE_BYTES = 12
FILE = "people-keys"


class Unreadable(Fault):
    """A value that none of our keys opens, or that is not as it was written."""

    heading = "People's data: "


@dataclass(frozen=True, slots=True)
class _Key:
    """Each use has a key of its own, derived from the one that was given."""

    id: str
    cipher: AESGCM
    digests: bytes

    @classmethod
    def of(cls, given: bytes) -> _Key:
        return cls(_derived(given, "id").hex()[:8], AESGCM(_derived(given, "values")), _derived(given, "digests"))


def _derived(given: bytes, use: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, None, f"antrean people {use}".encode()).derive(given)


class KeyRing:
    """The first key encrypts, all decrypt."""

    def __init__(self, given: Sequence[bytes]) -> None:
        self._keys = {key.id: key for key in map(_Key.of, given)}
        self.newest = next(iter(self._keys))

    @property
    def ids(self) -> list[str]:
        return list(self._keys)

    def encrypt(self, row: str, field: str, text: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[self.newest].cipher.encrypt(nonce, text.encode(), _bound_to(row, field))

    def decrypt(self, key: str, row: str, field: str, value: bytes) -> str:
        """Raises Unreadable."""
        if key not in self._keys:
            raise Unreadable(f"the key {key} is not among ANTREAN_PEOPLE_KEYS.")
        nonce, rest = value[:NONCE_BYTES], value[NONCE_BYTES:]
        try:
            return self._keys[key].cipher.decrypt(nonce, rest, _bound_to(row, field)).decode()
        except (InvalidTag, ValueError):
            raise Unreadable("a value is not as it was written, or is another row's.") from None

    def digest(self, field: str, text: str) -> str:
        return self.digests(field, text)[0]

    def digests(self, field: str, text: str) -> tuple[str, ...]:
        """By each of the keys; the newest first. A digest names its key."""
        message = f"{field}\0{text}".encode()
        return tuple(f"{key.id}:{hmac.digest(key.digests, message, 'sha256').hex()}" for key in self._keys.values())


def _bound_to(row: str, field: str) -> bytes:
    return f"antrean person\0{row}\0{field}".encode()


def load_key_ring(given: str | None, folder: Path) -> KeyRing:
    """From the environment, with commas between; or from a file that the first start makes in the data folder.

    Raises ValueError.
    """
    text = given or kept_in(folder / FILE, lambda: b64encode(os.urandom(KEY_BYTES)).decode())
    return KeyRing([_read(word.strip()) for word in text.split(",")])


def _read(word: str) -> bytes:
    try:
        key = b64decode(word, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            "ANTREAN_PEOPLE_KEYS: expected 32 random bytes in base64 (`openssl rand -base64 32`), "
            "or several such with commas between, the new one first."
        )
    return key
