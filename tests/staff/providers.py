"""A real provider for tests, and browsers that sign in at it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from re import findall, search
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey

from queue_service.settings import OpenIdSettings
from queue_service.web.openid import read_client_key
from tests.servers import free_port

HERE = Path(__file__).parent
INSTALLED = HERE / "build" / "provider"
PATIENCE = 30  # seconds

ANTREAN = "http://antrean"  # as `a_visitor` calls it
BY_SECRET, BY_KEY, SECRET = "antrean-by-secret", "antrean-by-key", "a secret that only the two of them know"


@dataclass
class RealProvider:
    """Whoever asks it for another key gets it by a restart, as a provider's operator would."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key_file(self) -> Path:
        return self.folder / "client.pem"

    def by_secret(self) -> OpenIdSettings:
        return OpenIdSettings(self.issuer, BY_SECRET, SECRET)

    def by_key(self) -> OpenIdSettings:
        return OpenIdSettings(self.issuer, BY_KEY, None, (self.key_file,))

    def start(self, *keys: RSAKey | ECKey) -> None:
        if not self.key_file.exists():
            self.key_file.write_bytes(ECKey.generate_key("P-521").as_pem(private=True))
        own = {"jwks": {"keys": [key.as_dict(private=True, kid=key.thumbprint()) for key in keys]}}
        given = json.dumps({"port": self.port, "clients": self._clients(), **own})
        command = ["node", str(HERE / "provider" / "provider.mjs"), str(INSTALLED), given]
        with (self.folder / "log").open("a") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self._process = process
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The provider did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE)

    def _clients(self) -> Sequence[Mapping[str, Any]]:
        common = {
            "redirect_uris": [f"{ANTREAN}/sign-in/openid/callback"],
            "post_logout_redirect_uris": [f"{ANTREAN}/sign-in"],
        }
        public = read_client_key(self.key_file).public()
        signed = {"token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": "ES512"}
        return [
            {"client_id": BY_SECRET, "client_secret": SECRET, **common},
            # It signs with another algorithm than for the other client, so that both are tried.
            {
                "client_id": BY_KEY,
                "jwks": {"keys": [public]},
                "id_token_signed_response_alg": "ES256",
                **signed,
                **common,
            },
        ]

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.issuer}/.well-known/openid-configuration", timeout=1).status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def running_provider(folder: Path) -> Iterator[RealProvider]:
    if not (INSTALLED / ".ready").exists():
        lacking = INSTALLED / ".lacking"
        assert lacking.exists(), "`make provider` installs the provider, or says why it cannot"
        pytest.skip(lacking.read_text().strip())
    provider = RealProvider(folder)
    provider.start(RSAKey.generate_key(2048), ECKey.generate_key("P-256"))
    yield provider
    provider.stop()


async def sign_in_there(address: str, name: str) -> str:
    """Through the provider's own pages; the address to which it sends the browser back."""
    async with httpx2.AsyncClient(timeout=PATIENCE) as browser:
        answer = await browser.get(address)
        for _ in range(12):
            if answer.is_redirect:
                address = urljoin(address, answer.headers["location"])
                if address.startswith(ANTREAN):
                    return address
                answer = await browser.get(address)
                continue
            form = search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form is not None, answer.text
            fields = dict(findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', answer.text))
            address = urljoin(address, unescape(form[1]))
            answer = await browser.post(address, data={**fields, "login": name, "password": "any"})
    raise AssertionError("The provider does not come to an end.")
