"""docker-compose.yml, as it is and as it must not be."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.deploy import precautions, references
from tests.deploy.composition import Json, Missing, put_in, read_composition, seconds, variables
from tests.deploy.rules import shape_faults

NEEDED = {
    "ANTREAN_DATABASE_PASSWORD": "0123456789abcdef" * 4,
    "ANTREAN_SECRET": "fedcba9876543210" * 4,
    "ANTREAN_PEOPLE_KEYS": b64encode(bytes(range(32))).decode(),
}
WITH_DOMAIN = {**NEEDED, "ANTREAN_DOMAIN": "antrean.example"}

AS_WRITTEN = (precautions.secret_faults, references.told_faults)
PUT_IN = (
    precautions.right_faults,
    precautions.network_faults,
    precautions.limit_faults,
    references.build_faults,
    references.command_faults,
    references.setting_faults,
    references.volume_faults,
    references.port_faults,
    references.health_faults,
    references.caddy_faults,
)


def faults(raw: Json, environment: dict[str, str]) -> Iterator[str]:
    """Of the shape first: what is not even that cannot be read further."""
    tree = put_in(raw, environment)
    ill_shaped = list(shape_faults(tree))
    yield from ill_shaped
    if not ill_shaped:
        yield from (fault for check in AS_WRITTEN for fault in check(raw))
        yield from (fault for check in PUT_IN for fault in check(tree))


@pytest.mark.parametrize("environment", [NEEDED, WITH_DOMAIN])
def test_the_file_is_without_fault(environment: dict[str, str]) -> None:
    assert list(faults(read_composition(), environment)) == []


@pytest.mark.parametrize("missing", NEEDED)
def test_without_a_secret_it_does_not_start(missing: str) -> None:
    with pytest.raises(Missing, match=f"{missing}: .*openssl rand -"):
        put_in(read_composition(), {name: value for name, value in NEEDED.items() if name != missing})


def test_a_domain_makes_the_address_secure() -> None:
    plain, secure = (put_in(read_composition(), given)["services"] for given in (NEEDED, WITH_DOMAIN))
    assert [plain["proxy"]["environment"]["ANTREAN_SITE"], plain["web"]["environment"]["ANTREAN_PUBLIC_URL"]] == [
        "http://",
        "",
    ]
    assert [secure["proxy"]["environment"]["ANTREAN_SITE"], secure["web"]["environment"]["ANTREAN_PUBLIC_URL"]] == [
        "antrean.example",
        "https://antrean.example",
    ]


# What must not be there is found


def at(*path: str, to: Any) -> Callable[[Json], None]:
    """A change: at this place of the file, to this; None takes it away."""

    def change(tree: Json) -> None:
        node: Any = tree
        for step in path[:-1]:
            node = node[step]
        if to is None:
            del node[path[-1]]
        else:
            node[path[-1]] = to

    return change


def of(service: str, *path: str, to: Any) -> Callable[[Json], None]:
    return at("services", service, *path, to=to)


def option(service: str, old: str, new: str | None) -> Callable[[Json], None]:
    """A change of one word of a command."""

    def change(tree: Json) -> None:
        words = tree["services"][service]["command"]
        place = words.index(old)
        words[place : place + 1] = [] if new is None else [new]

    return change


CHANGES: dict[str, tuple[Callable[[Json], None], str]] = {
    # the specification
    "an unknown key": (of("web", "readonly", to=True), "readonly is not known"),
    "a key of another service": (at("service", to={}), "service is not known"),
    "an image and a build": (of("web", "image", to="antrean:1"), "one of the two"),
    "no image": (of("redis", "image", to=None), "one of the two"),
    "an image without a version": (of("redis", "image", to="redis"), "redis: image"),
    "a number in a command": (of("web", "command", to=["antrean", "serve", "--port", 8000]), "no list of words"),
    "a command as text": (of("web", "command", to="antrean serve"), "no list of words"),
    "a duration without a unit": (of("web", "stop_grace_period", to=30), "no duration"),
    "a duration in words": (of("web", "healthcheck", "interval", to="10 s"), "no duration"),
    "a health check without CMD": (of("redis", "healthcheck", "test", to=["redis-cli", "ping"]), "begins with CMD"),
    "retries as text": (of("redis", "healthcheck", "retries", to="3"), "no whole number"),
    "a port as a number": (of("proxy", "ports", to=[80]), "no port"),
    "a port too high": (of("proxy", "ports", to=["80:88080"]), "no port"),
    "a wrong restart policy": (of("web", "restart", to="unless_stopped"), "restart"),
    "read_only as text": (of("web", "read_only", to="yes"), "read_only"),
    "an odd condition": (of("web", "depends_on", "redis", "condition", to="healthy"), "condition"),
    "an unknown service": (
        of("web", "depends_on", "valkey", to={"condition": "service_started"}),
        "there is no valkey",
    ),
    "waiting for what is not checked": (of("redis", "healthcheck", to=None), "no health check to wait for"),
    "an unknown network": (of("web", "networks", to=["inside", "outside"]), "there is no outside"),
    "an unknown volume": (of("web", "volumes", to=["antrean:/var/lib/antrean"]), "there is no antrean"),
    "a volume that nobody uses": (at("volumes", "old", to={}), "used by nobody"),
    "a subnet that is none": (
        at("networks", "proxied", "ipam", "config", to=[{"subnet": "172.31.255.1/28"}]),
        "host bits",
    ),
    "a list in an environment": (of("web", "environment", to=["ANTREAN_SECRET=x"]), "no mapping by names"),
    "a switch that is not text": (of("web", "environment", "ANTREAN_RATE_LIMITS", to=True), "ANTREAN_RATE_LIMITS"),
    # secrets
    "a default password": (
        of("postgres", "environment", "POSTGRES_PASSWORD", to="${ANTREAN_DATABASE_PASSWORD:-antrean}"),
        "has no default",
    ),
    "a password that stands there": (
        of("postgres", "environment", "POSTGRES_PASSWORD", to="antrean"),
        "stands in the file",
    ),
    "a password in an address": (
        of("web", "environment", "ANTREAN_DATABASE_URL", to="postgresql://antrean:antrean@postgres/antrean"),
        "ANTREAN_DATABASE_URL holds a secret",
    ),
    "a secret that may be empty": (
        of("web", "environment", "ANTREAN_SECRET", to="${ANTREAN_SECRET?x}"),
        "has no default",
    ),
    "a secret without a word": (of("web", "environment", "ANTREAN_SECRET", to="${ANTREAN_SECRET}"), "has no default"),
    # rights
    "root": (of("postgres", "user", to="0:0"), "runs as root"),
    "nobody named": (of("redis", "user", to=None), "runs as root"),
    "an image's stage that is root's": (of("web", "build", "target", to="built"), "web: runs as root"),
    "a writable root": (of("web", "read_only", to=False), "read_only"),
    "all capabilities": (of("web", "cap_drop", to=None), "cap_drop"),
    "another capability": (of("web", "cap_add", to=["SYS_ADMIN"]), "more rights"),
    "new privileges": (of("web", "security_opt", to=["seccomp:unconfined"]), "security_opt"),
    "an open database": (of("postgres", "ports", to=["5432:5432"]), "open to others"),
    "an endless log": (of("web", "logging", "options", to={"max-size": "10m"}), "grows without end"),
    "no health check": (of("proxy", "healthcheck", to=None), "nobody notices"),
    "a way out for the database": (at("networks", "inside", "internal", to=False), "leads outside"),
    "a proxy that reaches the database": (of("proxy", "networks", to=["proxied", "inside"]), "reached by the proxy"),
    "deliveries that go nowhere": (at("networks", "outward", to={"internal": True}), "cannot reach anybody outside"),
    "deliverers that would be believed": (
        of("integrations", "networks", to=["inside", "proxied", "outward"]),
        "its word on a visitor's address",
    ),
    "trust in all": (of("web", "environment", "ANTREAN_TRUSTED_PROXIES", to="0.0.0.0/0"), "proxies that it trusts"),
    # limits
    "too few files": (of("web", "ulimits", "nofile", to=1024), "may not open files"),
    "too few files of the proxy": (of("proxy", "ulimits", "nofile", to=20000), "two files"),
    "no time to say goodbye": (of("web", "stop_grace_period", to="10s"), "killed while"),
    "commits that are not durable": (
        option("postgres", "--synchronous_commit=on", "--synchronous_commit=off"),
        "durable",
    ),
    "a database that does not sync": (option("postgres", "--wal_compression=on", "--fsync=off"), "durable"),
    "a Redis that keeps": (option("redis", "no", "yes"), "keeps what nobody needs"),
    # names
    "an unknown stage": (of("web", "build", "target", to="production"), "no stage production"),
    "a folder without a Dockerfile": (of("proxy", "build", "context", to="deploy"), "no stage at all"),
    "an unknown command": (option("web", "serve", "start"), "no command"),
    "an unknown command of others": (option("integrations", "integrations", "deliver"), "no command"),
    "a setting of deliverers that nobody reads": (
        of("integrations", "environment", "ANTREAN_LEASE", to="5"),
        "integrations: nobody reads ANTREAN_LEASE",
    ),
    "another database of deliverers": (
        of("integrations", "environment", "ANTREAN_DATABASE_URL", to="sqlite:////tmp/antrean.db"),
        "integrations: its database is not the one",
    ),
    "a sign of life elsewhere": (
        of("integrations", "environment", "ANTREAN_DATA_DIR", to="/tmp"),
        "its health check does not look at /tmp/integrations.looked",
    ),
    "a file of variables that nobody is told of": (
        of("integrations", "env_file", to=[{"path": "quiet.env", "required": False}]),
        "quiet.env",
    ),
    "a file of variables without its path": (
        of("integrations", "env_file", to=[{"required": False}]),
        "path is missing",
    ),
    "an unknown option": (option("web", "--workers", "--processes"), "No such option"),
    "an option that is refused": (option("web", "8000", "80000"), "not in the range"),
    "an unknown setting": (of("web", "environment", "ANTREAN_WORKERS", to="2"), "nobody reads ANTREAN_WORKERS"),
    "a setting that is refused": (of("web", "environment", "ANTREAN_RATE_LIMITS", to="yes"), "expected on or off"),
    "another database": (of("postgres", "environment", "POSTGRES_DB", to="queue"), "not the one that postgres makes"),
    "a Redis that is not there": (
        of("web", "environment", "ANTREAN_REDIS_URL", to="redis://valkey"),
        "cannot reach redis",
    ),
    "apart from the database": (of("web", "networks", to=["proxied"]), "cannot reach postgres"),
    "data that are lost": (of("web", "volumes", to=["antrean-data:/data"]), "in no volume"),
    "certificates that are lost": (of("proxy", "volumes", to=["certificates:/certificates"]), "/data is in no volume"),
    "another port": (option("web", "8000", "8080"), "the proxy asks"),
    "for itself": (option("web", "0.0.0.0", "127.0.0.1"), "for itself only"),  # noqa: S104 - in its container
    "a port of nobody": (of("proxy", "ports", to=["80:80"]), "Caddy listens on others"),
    "a health check of nothing": (
        of("web", "healthcheck", "test", to=["CMD", "python3", "http://127.0.0.1:8000/health"]),
        "nothing answers its health check",
    ),
    "a proxy's health check of nothing": (
        of("proxy", "healthcheck", "test", to=["CMD", "wget", "http://127.0.0.1:2019/"]),
        "nothing answers its health check",
    ),
    "another's health": (of("postgres", "environment", "POSTGRES_USER", to="postgres"), "asks for another username"),
    "a Caddyfile left alone": (of("proxy", "environment", to={"SITE": "http://"}), "the Caddyfile reads"),
    "a variable that nobody is told of": (
        of("web", "stop_grace_period", to="${ANTREAN_PATIENCE:-30s}"),
        "ANTREAN_PATIENCE",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_must_not_be_there_is_found(change: str) -> None:
    raw = read_composition()
    spoil, sentence = CHANGES[change]
    spoil(raw)
    found = list(faults(raw, NEEDED))
    assert any(sentence in fault for fault in found), found


# Variables and durations, as the specification has them


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${A}-$A", "a-a"),
        ("${NONE}", ""),
        ("${NONE:-word} ${EMPTY:-word} ${A:-word}", "word word a"),
        ("${NONE-word} ${EMPTY-word} ${A-word}", "word  a"),
        ("${NONE:+word} ${EMPTY:+word} ${A:+word}", "  word"),
        ("${EMPTY+word} ${A:?word}", "word a"),
        ("$$A costs $${A}", "$A costs ${A}"),
    ],
)
def test_variables_are_put_in(written: str, read: str) -> None:
    assert put_in([written], {"A": "a", "EMPTY": ""}) == [read]


@pytest.mark.parametrize("written", ["${NONE:?say}", "${EMPTY:?say}", "${NONE?say}"])
def test_what_is_asked_for_is_missed(written: str) -> None:
    with pytest.raises(Missing, match="say"):
        put_in(written, {"EMPTY": ""})


@pytest.mark.parametrize("written", ["$", "${", "${A", "${1}", "${A:=b}", "${A:-${B}}", "$-"])
def test_what_is_no_variable_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="dollar"):
        list(variables(written))


def test_durations_are_read() -> None:
    assert (seconds("1m30s"), seconds("500ms"), seconds("2h")) == (90, 0.5, 7200)
