"""What docker-compose.yml promises to whoever runs it: no password that others know, no more rights than needed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from queue_service.doctor import SPARE_FILES
from queue_service.settings import Settings
from tests.deploy.composition import Json, seconds, variables
from tests.deploy.dockerfiles import find_stage
from tests.servers import ROOT

OF_EVERY_SERVICE = {
    "restart": "unless-stopped",
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
MAY_ADD = {"proxy": ["NET_BIND_SERVICE"]}
OPEN_TO_OTHERS = {"proxy"}
OF_THIS_MACHINE = "127.0.0.1:"
FOR_A_WHILE = {"load"}  # it ends by itself, and nobody waits for it
CLOSING_SECONDS = 10  # after the last stream has been told to go

OF_A_PROVIDER = {"ANTREAN_OPENID_CLIENT_SECRET", "ANTREAN_OPENID_KEY_FILE"}  # where nobody signs in by one: none
_SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|KEY")
_VARIABLE = r"\$\{\w+:(\?[^}]+|-)\}"
_PASSWORD_IN_ADDRESS = re.compile(r"://[^:@/]*:(?P<password>.*)@")


def secret_faults(raw: Json) -> Iterator[str]:
    """Of the file as it is written."""
    may_be_left_out = {v.name for name in FOR_A_WHILE for v in variables(raw["services"].get(name)) if v.how == ":-"}
    may_be_left_out |= OF_A_PROVIDER
    for variable in variables(raw):
        if not _SECRET.search(variable.name) or (variable.name in may_be_left_out and not variable.word):
            continue
        if variable.how != ":?" or not variable.word.strip():
            yield f"{variable.name} is a secret: it is asked for with :? and a sentence, and has no default"
    for name, service in raw["services"].items():
        for key, value in service.get("environment", {}).items():
            address = _PASSWORD_IN_ADDRESS.search(str(value))
            secret = address["password"] if address else str(value) if _SECRET.search(key) else None
            if secret is not None and not re.fullmatch(_VARIABLE, secret):
                yield f"{name}: {key} holds a secret that stands in the file"


def right_faults(tree: Json) -> Iterator[str]:
    for name, service in tree["services"].items():
        expected = {**OF_EVERY_SERVICE, "restart": "no"} if name in FOR_A_WHILE else OF_EVERY_SERVICE
        for key, value in expected.items():
            if service.get(key) != value:
                yield f"{name}: {key} is not {value}"
        if service.get("cap_add", []) != MAY_ADD.get(name, []):
            yield f"{name}: has more rights than it needs, or less"
        if user_of(service).partition(":")[0] in ("", "0", "root"):
            yield f"{name}: runs as root"
        is_open = any(not published.startswith(OF_THIS_MACHINE) for published in service.get("ports", ()))
        if is_open and name not in OPEN_TO_OTHERS:
            yield f"{name}: is open to others"
        if not {"max-size", "max-file"} <= set(service.get("logging", {}).get("options", {})):
            yield f"{name}: its log grows without end"
        if "healthcheck" not in service and name not in FOR_A_WHILE:
            yield f"{name}: nobody notices when it is ill"


def user_of(service: Json) -> str:
    if "user" in service or "build" not in service:
        return str(service.get("user", ""))
    stage = find_stage(ROOT / service["build"]["context"] / "Dockerfile", service["build"].get("target"))
    return stage.user if stage else ""


def network_faults(tree: Json) -> Iterator[str]:
    """Nobody but the workers can reach the database, and no one else's word on a visitor's address is taken."""
    services, networks = tree["services"], tree["networks"]
    for name in ("postgres", "redis"):
        if not all((networks[network] or {}).get("internal") for network in services[name]["networks"]):
            yield f"{name}: is on a network that leads outside"
        if services["proxy"]["networks"] != ["proxied"] or "proxied" in services[name]["networks"]:
            yield f"{name}: can be reached by the proxy"
    subnet = networks["proxied"]["ipam"]["config"][0]["subnet"]
    if services["web"]["environment"].get("ANTREAN_TRUSTED_PROXIES") != subnet:
        yield f"web: the proxies that it trusts are not those of {subnet}"
    outward = set(services["integrations"]["networks"])
    if "proxied" in outward:
        yield "integrations: its word on a visitor's address would be taken"
    if all((networks[network] or {}).get("internal") for network in outward):
        yield "integrations: cannot reach anybody outside"


def limit_faults(tree: Json) -> Iterator[str]:
    web, proxy, settings = tree["services"]["web"], tree["services"]["proxy"], Settings.from_environment({})
    if web.get("ulimits", {}).get("nofile", 0) < settings.max_connections + SPARE_FILES:
        yield f"web: may not open files for {settings.max_connections} streams"
    if proxy.get("ulimits", {}).get("nofile", 0) < 2 * settings.max_connections:
        yield f"proxy: may not open two files for each of {settings.max_connections} streams"
    if seconds(web["stop_grace_period"]) < settings.drain_seconds + CLOSING_SECONDS:
        yield "web: is killed while it takes leave of its streams"
    postgres = tree["services"]["postgres"]["command"]
    if "--synchronous_commit=on" not in postgres or any(word.startswith("--fsync") for word in postgres):
        yield "postgres: says that something is durable which is not"
    redis = " ".join(tree["services"]["redis"]["command"])
    if "--save  --appendonly no" not in redis or "--maxmemory " not in redis:
        yield "redis: keeps what nobody needs, or grows without end"
