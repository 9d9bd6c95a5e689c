"""A lease's pass: what the device shows when it sends or asks for anything of its day, and of nothing else."""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from queue_service.journal.appends import Place
from queue_service.secrets import Secrets

PREFIX = "antrean-field"


def pass_of(secrets: Secrets, place: Place, lease: str) -> str:
    return next(_passes(secrets, place, lease))


def is_pass(secrets: Secrets, place: Place, lease: str, shown: str) -> bool:
    return any(hmac.compare_digest(good.encode(), shown.encode()) for good in _passes(secrets, place, lease))


def _passes(secrets: Secrets, place: Place, lease: str) -> Iterator[str]:
    branch, day = place
    message = f"{branch}/{day.isoformat()}/{lease}".encode()
    return (f"{PREFIX}_{lease}_{digest.hex()}" for digest in secrets.digests("lease", message))


def mark_key(shown: str) -> bytes:
    """From a pass: both sides have it, and nobody else."""
    return hmac.digest(shown.encode(), b"marks", "sha256")
