"""A box for keys: opened by a passphrase that stands nowhere. argon2id makes the key of it, AES-GCM closes it."""

from __future__ import annotations

import json
import os
import unicodedata
from base64 import b64decode, b64encode
from typing import Any

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from queue_service.faults import Fault
from queue_service.records.staff.passwords import profile

KEY_BYTES, NONCE_BYTES, SALT_BYTES = 32, 12, 16
_PURPOSE = b"antrean field box"

Json = dict[str, Any]


class Shut(Fault):
    """The passphrase is not the one that closed it, or the box is damaged."""


def closed_box(passphrase: str, contents: Json) -> Json:
    how = profile()
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    cost = {"time": how.time_cost, "memory": how.memory_cost, "lanes": how.parallelism}
    sealed = AESGCM(_key(passphrase, salt, cost)).encrypt(nonce, json.dumps(contents).encode(), _PURPOSE)
    return {**cost, "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}


def opened_box(passphrase: str, box: Json) -> Json:
    """Raises Shut."""
    try:
        key = _key(passphrase, b64decode(box["salt"]), box)
        contents: Json = json.loads(AESGCM(key).decrypt(b64decode(box["nonce"]), b64decode(box["sealed"]), _PURPOSE))
    except InvalidTag:
        raise Shut("This is not the passphrase with which the day was taken along.") from None
    return contents


def _key(passphrase: str, salt: bytes, cost: Json) -> bytes:
    secret = unicodedata.normalize("NFKC", passphrase).encode()
    return hash_secret_raw(secret, salt, cost["time"], cost["memory"], cost["lanes"], KEY_BYTES, Type.ID)


def _text(value: bytes) -> str:
    return b64encode(value).decode()
