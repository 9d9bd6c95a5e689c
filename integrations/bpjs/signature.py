"""How a request shows whose it is. No I/O, no clock."""

from __future__ import annotations

import base64
import hmac

PRACTICE = "095"  # PCare's own code for an application, at the end of every such password


def signature_of(cons_id: str, secret: str, timestamp: str) -> str:
    """`timestamp`: whole seconds since 1970 in UTC; the answer is encrypted with the same."""
    digest = hmac.digest(secret.encode(), f"{cons_id}&{timestamp}".encode(), "sha256")
    return base64.b64encode(digest).decode()


def basic_authorization(user: str, password: str) -> str:
    """`X-authorization` of a Puskesmas, by its PCare account."""
    return "Basic " + base64.b64encode(f"{user}:{password}:{PRACTICE}".encode()).decode()
