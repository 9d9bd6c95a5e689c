"""Opens what BPJS encrypts. No I/O, no clock."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from integrations.bpjs.lzstring import Garbled, decompress

BLOCK_BYTES = 16


class Unreadable(Exception):
    """An answer that is not what was agreed. The sentence holds nothing of it."""


def key_of(cons_id: str, secret: str, timestamp: str) -> bytes:
    """Of one answer: `timestamp` is that of its request. Its first half is the initialisation vector too."""
    return hashlib.sha256(f"{cons_id}{secret}{timestamp}".encode()).digest()


def decrypt(response: str, key: bytes) -> Any:
    """Raises Unreadable. A wrong key is found by the padding mostly, and for certain only where no JSON comes out."""
    try:
        packed = _unpadded(base64.b64decode(response, validate=True), key).decode("ascii")
        return json.loads(decompress(packed))
    except Garbled as error:
        raise Unreadable(f"the answer cannot be decrypted: {error}") from None
    except binascii.Error:
        raise Unreadable("the answer cannot be decrypted: it is no base64") from None
    except json.JSONDecodeError:
        raise Unreadable("the answer cannot be decrypted: what comes out is no JSON") from None
    except (ValueError, RecursionError):
        raise Unreadable("the answer cannot be decrypted: the key does not fit") from None


def _unpadded(encrypted: bytes, key: bytes) -> bytes:
    decryptor = Cipher(AES(key), CBC(key[:BLOCK_BYTES])).decryptor()
    unpadder = PKCS7(8 * BLOCK_BYTES).unpadder()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()
