"""Settings of whatever is reached by HTTP. What stands here is loaded to check a set-up file, so it loads no client."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("expected an address such as https://agency.example/antrean")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("expected an address without a name, a password and a part after #")
    return url


Url = Annotated[str, Field(max_length=2000), AfterValidator(_check_url)]


class Reach(BaseModel):
    """To be inherited beside SystemSettings. Its heirs call `check_reach` for each of their addresses."""

    allow_private: bool = False  # addresses of one's own network
    ca_file: Path | None = None  # whom to trust instead of the usual authorities

    def check_reach(self, url: str, field: str = "url") -> None:
        """Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme == "http" and not self.allow_private:
            raise ValueError(f"expected “{field}” to begin with https://; http:// goes with allow_private: true only")
        host = parts.hostname or ""
        if not self.allow_private and _is_private(host):
            raise ValueError(f"expected an address that all can reach, not {host}; or allow_private: true")


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
