"""What a sign-in provider is asked, and what it tells: all that is needed where there is none."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_service.settings import OpenIdSettings

if TYPE_CHECKING:
    from queue_service.web.openid import Provider


class ProviderFault(Exception):
    """It does not answer, or not as it must. For the log: nobody who signs in can mend it."""


@dataclass(frozen=True, slots=True)
class Person:
    """`names`: those by which an administrator may have allowed them; an e-mail only if it is verified."""

    issuer: str
    subject: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser brings back, and what the provider must have put into its answer."""

    state: str
    nonce: str
    verifier: str


def open_provider(settings: OpenIdSettings | None) -> Provider | None:
    """Raises SettingRefused."""
    if settings is None:
        return None
    from queue_service.web.openid import Provider

    return Provider(settings)


def challenge_bytes(digest: bytes) -> str:
    """43 characters that PKCE takes."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
