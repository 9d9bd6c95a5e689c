"""Signing in by an OpenID Connect provider: the code flow with PKCE. Nothing of it is kept but whose account it is.

Its libraries take a tenth of a second to load: `providers.py` imports this only where a provider is set up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from queue_service.settings import OpenIdSettings, SettingRefused
from queue_service.web.providers import Attempt, Person, ProviderFault

log = logging.getLogger("antrean.openid")

SCOPE = "openid profile email"
SIGNED_BY = ["RS256", "ES256"]  # what a provider may sign with
ANSWER_SECONDS = 10.0
ASSERTION_SECONDS = 60
LEEWAY_SECONDS = 60  # by which its clock and ours may differ
METADATA_SECONDS = 3600.0

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class ClientKey:
    """By which we show who we are, where there is no client secret."""

    key: RSAKey | ECKey
    algorithm: str

    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.key.thumbprint(), "use": "sig", "alg": self.algorithm}


def read_client_key(path: Path) -> ClientKey:
    """Raises SettingRefused."""
    try:
        pem = path.read_bytes()
        key = load_pem_private_key(pem, None)
    except (OSError, ValueError, TypeError) as error:
        raise SettingRefused(f"ANTREAN_OPENID_KEY_FILE: {path} is no private key in PEM: {error}.") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return ClientKey(RSAKey.import_key(pem), "RS256")
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return ClientKey(ECKey.import_key(pem), _CURVES[key.curve.name])
    raise SettingRefused(f"ANTREAN_OPENID_KEY_FILE: expected a key of RSA, P-256, P-384 or P-521 in {path}.")


class Provider:
    def __init__(self, settings: OpenIdSettings) -> None:
        self.issuer = settings.issuer
        self.name = urlsplit(settings.issuer).netloc
        self._client_id = settings.client_id
        self._secret = settings.client_secret
        self._keys = [read_client_key(path) for path in settings.key_files]
        self._metadata: dict[str, Any] = {}
        self._metadata_until = 0.0
        self._signers: KeySet | None = None

    def published_keys(self) -> list[dict[str, Any]]:
        return [key.public() for key in self._keys]

    async def address(self, attempt: Attempt, back: str) -> str:
        """Where the browser goes to sign in; `back`: where it comes back to. Raises ProviderFault."""
        endpoint = (await self._read_metadata())["authorization_endpoint"]
        async with self._client(back) as client:
            address, _ = client.create_authorization_url(
                endpoint, state=attempt.state, nonce=attempt.nonce, code_verifier=attempt.verifier
            )
        return str(address)

    async def goodbye(self, back: str) -> str | None:
        """Where a browser is signed out there too, if the provider has such a place."""
        try:
            endpoint = (await self._read_metadata()).get("end_session_endpoint")
        except ProviderFault as fault:
            log.warning("The sign-in provider was not told of a sign-out: %s", fault)
            return None
        query = urlencode({"client_id": self._client_id, "post_logout_redirect_uri": back})
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{query}" if endpoint else None

    async def person(self, code: str, attempt: Attempt, back: str) -> Person:
        """Who has signed in there. Raises ProviderFault, also for a code that was used or is not ours."""
        metadata = await self._read_metadata()
        try:
            async with self._client(back) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
                claims = await self._check(str(token["id_token"]), token.get("access_token"), attempt.nonce)
                more: Mapping[str, Any] = {}
                if not {"email", "preferred_username"} & claims.keys() and "userinfo_endpoint" in metadata:
                    more = (await client.get(metadata["userinfo_endpoint"])).raise_for_status().json()
        except (OAuthError, JoseError, httpx2.HTTPError, KeyError, ValueError, TypeError) as error:
            raise ProviderFault(f"{type(error).__name__}: {error}") from error
        if more and more.get("sub") != claims["sub"]:
            raise ProviderFault("Its userinfo is of somebody else.")
        return Person(self.issuer, str(claims["sub"]), _names({**more, **claims}))

    async def _check(self, token: str, access_token: str | None, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that is for us, from it, and for this attempt. Raises JoseError."""
        try:
            read = jwt.decode(token, await self._read_signers(), algorithms=SIGNED_BY)
        except (JoseError, ValueError):
            read = jwt.decode(token, await self._read_signers(anew=True), algorithms=SIGNED_BY)  # it has new keys
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self._client_id}},
            {"nonce": nonce, "client_id": self._client_id, "access_token": access_token},
        )
        claims.validate(leeway=LEEWAY_SECONDS)
        return dict(claims)

    def _client(self, back: str) -> AsyncOAuth2Client:
        options: dict[str, Any] = {"redirect_uri": back, "scope": SCOPE, "code_challenge_method": "S256"}
        options["timeout"] = ANSWER_SECONDS
        if not self._keys:
            known = self._metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
            return AsyncOAuth2Client(self._client_id, self._secret, token_endpoint_auth_method=method, **options)
        key = self._keys[0]
        client = AsyncOAuth2Client(self._client_id, key.key, token_endpoint_auth_method=PrivateKeyJWT.name, **options)
        claims = {"exp": int(time.time()) + ASSERTION_SECONDS}
        headers = {"kid": key.key.thumbprint()}
        # For the issuer, as RFC 7523 is amended: an assertion for one endpoint could be carried to another provider.
        client.register_client_auth_method(
            PrivateKeyJWT(self.issuer, claims=claims, headers=headers, alg=key.algorithm)
        )
        return client

    async def _read_metadata(self) -> dict[str, Any]:
        if time.monotonic() >= self._metadata_until:
            found = await self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.issuer:
                raise ProviderFault(f"It calls itself {found.get('issuer')}, not {self.issuer}.")
            self._metadata, self._metadata_until = found, time.monotonic() + METADATA_SECONDS
        return self._metadata

    async def _read_signers(self, anew: bool = False) -> KeySet:
        if self._signers is None or anew:
            try:
                self._signers = KeySet.import_key_set(await self._fetch((await self._read_metadata())["jwks_uri"]))
            except (JoseError, KeyError, ValueError) as error:
                raise ProviderFault(f"Its keys cannot be read: {error}") from error
        return self._signers

    async def _fetch(self, address: str) -> Any:
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_SECONDS) as client:
                return (await client.get(address)).raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise ProviderFault(f"{address} does not answer as it must: {error!r}") from error


def _names(claims: Mapping[str, Any]) -> frozenset[str]:
    told = [claims.get("preferred_username")]
    if claims.get("email_verified") is True:
        told.append(claims.get("email"))
    return frozenset(name.strip().casefold() for name in told if isinstance(name, str) and name.strip())
