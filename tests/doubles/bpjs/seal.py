"""Who may ask, and how the answer is sealed for them. Written from the rules, with nothing of what it is to try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tests.doubles.bpjs.lzstring import compress
from tests.doubles.bpjs.replies import Refusal

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Credentials:
    cons_id: str = "12345"
    secret: str = "rahasia-uji-1"
    user_key: str = "kunci-uji"
    login: tuple[str, str] = ("pkmuji", "Sandi#1")  # of a Puskesmas's PCare


def check(headers: Mapping[str, str], credentials: Credentials, now: float, tolerance_seconds: float) -> None:
    """Raises Refusal."""
    stamp = headers.get("x-timestamp", "")
    if headers.get("x-cons-id") != credentials.cons_id or headers.get("user_key") != credentials.user_key:
        raise Refusal("Unauthorized", UNAUTHORIZED)
    if not (stamp.isascii() and stamp.isdecimal()) or abs(now - int(stamp)) > tolerance_seconds:
        raise Refusal("Timestamp expired", UNAUTHORIZED)
    message = credentials.cons_id + "&" + stamp
    digest = hmac.new(credentials.secret.encode(), message.encode(), hashlib.sha256).digest()
    if headers.get("x-signature") != base64.b64encode(digest).decode():
        raise Refusal("Signature tidak sesuai", UNAUTHORIZED)


def check_login(headers: Mapping[str, str], credentials: Credentials) -> None:
    """Some clients leave it out; a wrong one is refused. Raises Refusal."""
    given = headers.get("x-authorization")
    right = base64.b64encode(":".join([*credentials.login, "095"]).encode()).decode()
    if given is not None and given != f"Basic {right}":
        raise Refusal("Unauthorized", UNAUTHORIZED)


def seal(response: Any, credentials: Credentials, stamp: str) -> str:
    """Only who sent the request with this timestamp can open it."""
    key = hashlib.sha256((credentials.cons_id + credentials.secret + stamp).encode()).digest()
    plain = compress(json.dumps(response, ensure_ascii=False, separators=(",", ":"))).encode()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
