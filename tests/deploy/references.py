"""What docker-compose.yml and the files beside it name, held against the code that has to have it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url

from integrations.run import LOOKED
from queue_service.cli import main
from queue_service.settings import SettingRefused, Settings
from queue_service.web import operations
from tests.deploy.composition import Json, variables
from tests.deploy.dockerfiles import Stage, find_stage, is_ignored, read_stages
from tests.servers import ROOT

CADDYFILE = "deploy/caddy/Caddyfile"


def build_faults(tree: Json) -> Iterator[str]:
    for name, service in tree["services"].items():
        if "build" not in service:
            continue
        folder = ROOT / service["build"]["context"]
        target = service["build"].get("target")
        if find_stage(folder / "Dockerfile", target) is None:
            yield f"{name}: there is no stage {target or 'at all'} in {service['build']['context']}/Dockerfile"
        for path in {path for stage in read_stages(folder / "Dockerfile").values() for path in stage.taken}:
            ignored = folder / ".dockerignore"
            if not (folder / path).exists() or (ignored.is_file() and is_ignored(path.rstrip("/"), ignored)):
                yield f"{name}: its Dockerfile takes {path}, which is not there"


def command_faults(tree: Json) -> Iterator[str]:
    for name, service in tree["services"].items():
        words = service.get("command") or []
        if words[:1] == ["antrean"]:
            yield from (f"{name}: {fault}" for fault in _refusals(main, words))
        for option, path in pairwise(words):
            if option == "--locustfile" and not (ROOT / path).is_file():
                yield f"{name}: there is no {path}"


def _refusals(command: click.Command, words: list[str]) -> Iterator[str]:
    """What the command line itself would say, without running anything."""
    first, *rest = words
    if isinstance(command, click.Group):
        following = command.get_command(click.Context(command), rest[0]) if rest else None
        yield from _refusals(following, rest) if following else [f"antrean knows no command {rest[:1]}"]
        return
    try:
        command.make_context(first, rest).close()
    except click.ClickException as refusal:
        yield refusal.format_message()


class _Asked(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.names: set[str] = set()

    def get(self, name: str, otherwise: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, otherwise)


def setting_faults(tree: Json) -> Iterator[str]:
    """Only what is read is set, to something that is accepted, and its addresses lead to the other services."""
    for name in ("web", "integrations"):
        yield from (f"{name}: {fault}" for fault in _setting_faults_of(name, tree["services"]))


def _setting_faults_of(service: str, services: Json) -> Iterator[str]:
    given = services[service]["environment"]
    asked = _Asked(given)
    try:
        settings = Settings.from_environment(asked)
    except SettingRefused as refusal:
        yield str(refusal)
        return
    yield from (f"nobody reads {name}" for name in given if name not in asked.names)
    database, other = make_url(settings.database_url), services["postgres"]["environment"]
    expected = (other["POSTGRES_USER"], other["POSTGRES_PASSWORD"], "postgres", other["POSTGRES_DB"])
    if (database.username, database.password, database.host, database.database) != expected:
        yield "its database is not the one that postgres makes"
    for host, name in ((database.host, "postgres"), (urlsplit(given.get("ANTREAN_REDIS_URL", "")).hostname, "redis")):
        if host != name or not set(services[service]["networks"]) & set(services[name]["networks"]):
            yield f"cannot reach {name}"


def volume_faults(tree: Json) -> Iterator[str]:
    """What has to outlive a container lies in a volume, where the program puts it."""
    stage = read_stages(ROOT / "Dockerfile").get("service", Stage(""))
    kept = {"web": stage.environment.get("ANTREAN_DATA_DIR"), "postgres": "/var/lib/postgresql/data", "proxy": "/data"}
    for name, path in kept.items():
        if path not in [mount.split(":")[1] for mount in tree["services"][name].get("volumes", [])]:
            yield f"{name}: {path} is in no volume"


def port_faults(tree: Json) -> Iterator[str]:
    """From the proxy's published ports through the Caddyfile to the port that is listened on."""
    services, caddyfile = tree["services"], (ROOT / CADDYFILE).read_text(encoding="utf-8")
    words = services["web"]["command"]
    port = dict(pairwise(words)).get("--port")
    upstreams = re.findall(r"reverse_proxy\s+(\S+):(\d+)", caddyfile)
    if upstreams != [("web", port)] or not set(services["proxy"]["networks"]) & set(services["web"]["networks"]):
        yield f"web listens on {port}, and the proxy asks {upstreams}"
    if port not in read_stages(ROOT / "Dockerfile")["service"].ports:
        yield f"web listens on {port}, which its image does not expose"
    if "0.0.0.0" not in words:  # noqa: S104 - in its container
        yield "web listens for itself only"
    inner = {published.rpartition(":")[2] for published in services["proxy"]["ports"]}
    if inner != set(re.findall(r"https?_port\s+(\d+)", caddyfile)):
        yield f"the proxy publishes {sorted(inner)}, and Caddy listens on others"


def health_faults(tree: Json) -> Iterator[str]:
    routes = {getattr(route, "path", None) for route in operations.router.routes}
    services = tree["services"]
    for name, words in ((name, service.get("healthcheck", {}).get("test", [])) for name, service in services.items()):
        for port, path in re.findall(r"http://127\.0\.0\.1:(\d+)([^'\"\s]*)", " ".join(words)):
            if name == "web" and (port not in services["web"]["command"] or path not in routes):
                yield f"web: nothing answers its health check at {port}{path}"
            if name == "proxy" and f"http://127.0.0.1:{port} " not in (ROOT / CADDYFILE).read_text(encoding="utf-8"):
                yield f"proxy: nothing answers its health check at {port}"
    sign = f"{services['integrations']['environment'].get('ANTREAN_DATA_DIR')}/{LOOKED}"
    if f"'{sign}'" not in services["integrations"]["healthcheck"]["test"][-1]:
        yield f"integrations: its health check does not look at {sign}"
    environment, test = services["postgres"]["environment"], services["postgres"]["healthcheck"]["test"]
    for option, name in (("--username", "POSTGRES_USER"), ("--dbname", "POSTGRES_DB")):
        if f"{option}={environment[name]}" not in test:
            yield f"postgres: its health check asks for another {option[2:]}"


def caddy_faults(tree: Json) -> Iterator[str]:
    caddyfile = (ROOT / CADDYFILE).read_text(encoding="utf-8")
    named, given = set(re.findall(r"\{\$(\w+)", caddyfile)), set(tree["services"]["proxy"]["environment"])
    if named != given:
        yield f"the Caddyfile reads {sorted(named)}, and the proxy is given {sorted(given)}"
    routes = {getattr(route, "path", None) for route in operations.router.routes}
    blocked = re.search(r"@inside path (.*)", caddyfile)
    if blocked is None or not {"/metrics"} <= set(blocked[1].split()) <= routes:
        yield "the Caddyfile does not keep /metrics inside, or keeps inside what is not there"


def told_faults(raw: Json) -> Iterator[str]:
    """Whoever runs it finds every variable in the README, and every file of them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {variable.name for variable in variables(raw)}
    names |= {file["path"] for service in raw["services"].values() for file in service.get("env_file", ())}
    yield from (
        f"the README does not tell of {name}" for name in sorted(names) if not re.search(rf"\b{name}\b", readme)
    )
