"""Settings come from the environment, prefix ANTREAN_; without any, SQLite and a secret in ./antrean-data/."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

_ADDRESS = re.compile(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?")
_USUAL_PORTS = {"http": "80", "https": "443"}


class SettingRefused(Exception):
    """The sentence names the variable and what was expected."""


@dataclass(frozen=True)
class OpenIdSettings:
    """Either a client secret or at least one key file; the first key signs, all are published."""

    issuer: str
    client_id: str
    client_secret: str | None = None
    key_files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str
    redis_url: str | None = None
    secret: str | None = None
    people_keys: str | None = None
    max_connections: int = 18_000  # open streams in this process
    handshakes_a_second: int = 2_000  # of streams, in this process: a third of a core
    drain_seconds: int = 10  # over which a process that stops takes leave of its streams
    allowed_origins: frozenset[str] = frozenset()
    rate_limits: bool = True
    meters_dir: Path | None = None  # where the processes of one service lay what they count
    integrations: str | None = None  # inside this process or apart; None: as fits the database and the workers
    logs: str | None = None  # json or text; None: as fits where they go
    public_url: str | None = None  # as browsers write an origin: without the port that goes without saying
    trusted_proxies: tuple[Network, ...] = ()
    openid: OpenIdSettings | None = None
    field_lease: str | None = None  # by which this installation has a day of its centre's in its hands
    authority: Path | None = None  # of its certificate, for tablets to trust
    day_keys: Mapping[tuple[str, date], tuple[bytes, ...]] = field(default_factory=dict, repr=False)  # its centre's

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        def given(name: str) -> str | None:
            return environment.get(f"ANTREAN_{name}", "").strip() or None

        meters_dir = given("METERS_DIR")
        data_dir = Path(given("DATA_DIR") or "antrean-data").absolute()
        return cls(
            data_dir=data_dir,
            database_url=given("DATABASE_URL") or f"sqlite:///{data_dir / 'antrean.db'}",
            redis_url=_redis(given("REDIS_URL")),
            secret=given("SECRET"),
            people_keys=given("PEOPLE_KEYS"),
            max_connections=_number("MAX_CONNECTIONS", given("MAX_CONNECTIONS"), cls.max_connections),
            handshakes_a_second=_number("HANDSHAKES_A_SECOND", given("HANDSHAKES_A_SECOND"), cls.handshakes_a_second),
            drain_seconds=_number("DRAIN_SECONDS", given("DRAIN_SECONDS"), cls.drain_seconds, least=0),
            allowed_origins=frozenset(o.strip().rstrip("/") for o in (given("ALLOWED_ORIGINS") or "").split(",") if o),
            rate_limits=_switch("RATE_LIMITS", given("RATE_LIMITS"), cls.rate_limits),
            meters_dir=Path(meters_dir).absolute() if meters_dir else None,
            integrations=_one_of(("inside", "apart"), "INTEGRATIONS", given("INTEGRATIONS")),
            logs=_one_of(("json", "text"), "LOGS", given("LOGS")),
            public_url=_origin("PUBLIC_URL", given("PUBLIC_URL")),
            trusted_proxies=tuple(_networks("TRUSTED_PROXIES", given("TRUSTED_PROXIES") or "")),
            openid=_openid(given("OPENID_ISSUER"), given),
            field_lease=given("FIELD_LEASE"),
        )


def _openid(issuer: str | None, given: Callable[[str], str | None]) -> OpenIdSettings | None:
    client, secret, files = (given(f"OPENID_{name}") for name in ("CLIENT_ID", "CLIENT_SECRET", "KEY_FILE"))
    if issuer is None:
        if client or secret or files:
            raise SettingRefused("ANTREAN_OPENID_ISSUER: whose client is that? Expected the provider's address.")
        return None
    read = urlsplit(issuer)
    if read.scheme != "https" and not (read.scheme == "http" and read.hostname in ("127.0.0.1", "::1", "localhost")):
        raise SettingRefused(f"ANTREAN_OPENID_ISSUER: expected an address that begins with https://, not “{issuer}”.")
    if client is None:
        raise SettingRefused("ANTREAN_OPENID_CLIENT_ID: expected the name by which the provider knows this service.")
    if (secret is None) is (files is None):
        raise SettingRefused("ANTREAN_OPENID_CLIENT_SECRET or ANTREAN_OPENID_KEY_FILE: expected one of the two.")
    paths = tuple(Path(file.strip()) for file in (files or "").split(",") if file.strip())
    return OpenIdSettings(issuer, client, secret, paths)


def _redis(value: str | None) -> str | None:
    if value is not None and not value.startswith(("redis://", "rediss://", "unix://")):
        raise SettingRefused("ANTREAN_REDIS_URL: expected redis://…, rediss://… or unix://….")
    return value


def _number(name: str, value: str | None, otherwise: int, least: int = 1) -> int:
    if value is None:
        return otherwise
    if not value.isdecimal() or int(value) < least:
        raise SettingRefused(f"ANTREAN_{name}: expected a whole number from {least}, not “{value}”.")
    return int(value)


def _one_of(known: tuple[str, str], name: str, value: str | None) -> str | None:
    if value is not None and value not in known:
        raise SettingRefused(f"ANTREAN_{name}: expected {' or '.join(known)}, not “{value}”.")
    return value


def _switch(name: str, value: str | None, otherwise: bool) -> bool:
    return otherwise if value is None else _one_of(("on", "off"), name, value) == "on"


def _origin(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    read = _ADDRESS.fullmatch(value.lower())
    if read is None:
        raise SettingRefused(f"ANTREAN_{name}: expected an address such as https://antrean.example, not “{value}”.")
    scheme, host, port = read.groups()
    return f"{scheme}://{host}" if port in (None, _USUAL_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def _networks(name: str, value: str) -> Iterator[Network]:
    for network in filter(None, (part.strip() for part in value.split(","))):
        try:
            yield ip_network(network)
        except ValueError as error:
            raise SettingRefused(
                f"ANTREAN_{name}: expected addresses or networks such as 10.0.0.0/24, not “{network}”: {error}."
            ) from None
