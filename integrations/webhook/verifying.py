"""Whether a message is from whom it says, and of now, as the Standard Webhooks rules say. No I/O, no clock."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence

TOLERANCE_SECONDS = 300
MOST_SIGNATURES = 16
_is_id = re.compile(r"[!-~]{1,200}").fullmatch
_is_timestamp = re.compile(r"[0-9]{1,11}").fullmatch


class Unsigned(Exception):
    """The sentence says what is wrong, and nothing of what was right."""


def verified_id(headers: Mapping[str, str], body: bytes, keys: Sequence[bytes], now: float) -> str:
    """The message's id. `headers`: their names in lower case. Raises Unsigned."""
    message_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not _is_id(message_id):
        raise Unsigned("webhook-id is missing, or none.")
    if not _is_timestamp(at):
        raise Unsigned("webhook-timestamp is missing, or not in seconds since 1970.")
    if abs(now - int(at)) > TOLERANCE_SECONDS:
        raise Unsigned("webhook-timestamp is more than five minutes off.")
    signed = f"{message_id}.{at}.".encode() + body
    wanted = [hmac.digest(key, signed, "sha256") for key in keys]
    is_right = False
    for given in _signatures(headers.get("webhook-signature", "")):
        for each in wanted:  # all of them, however the first compares
            is_right |= hmac.compare_digest(each, given)
    if not is_right:
        raise Unsigned("webhook-signature is missing, or not that of a secret known here.")
    return message_id


def _signatures(text: str) -> list[bytes]:
    """Those of the version that is known here."""
    found = []
    for word in text.split(" ")[:MOST_SIGNATURES]:
        version, _, signature = word.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(signature, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found
