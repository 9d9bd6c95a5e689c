"""What docker-compose.yml says, done by Podman: its networks, volumes and services, each as the file has it."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.composition import Json, put_in, read_composition, seconds
from tests.images.podman import Podman, PodmanFailed
from tests.servers import ROOT

PATIENCE = 180.0  # seconds until a service is healthy


@dataclass
class Stack:
    podman: Podman
    images: Mapping[str, str]
    environment: Mapping[str, str]
    folder: Path = ROOT  # in which files of variables lie, where there are any

    @property
    def tree(self) -> Json:
        tree: Json = put_in(read_composition(), self.environment)
        return tree

    def up(self) -> None:
        """Networks and volumes where there are none yet, then each service once those that it waits for are healthy."""
        tree = self.tree
        for name, network in tree["networks"].items():
            if self.podman.try_to("network", "exists", name).returncode != 0:
                self.podman.run("network", "create", *_network_options(network or {}), name)
        for name in tree["volumes"]:
            if self.podman.try_to("volume", "exists", name).returncode != 0:
                self.podman.run("volume", "create", name)
        for name in in_order(tree["services"]):
            for other, how in tree["services"][name].get("depends_on", {}).items():
                assert how["condition"] == "service_healthy"
                self.until_healthy(other)
            self.podman.run("run", "--detach", f"--name={name}", *self._options(name))
        for name in in_order(tree["services"]):
            self.until_healthy(name)

    def down(self) -> None:
        """Containers go, volumes stay."""
        for name in reversed(list(in_order(self.tree["services"]))):
            self.stop(name)
            self.podman.run("rm", name)

    def stop(self, name: str) -> float:
        """The seconds that it took. Raises PodmanFailed where it had to be killed."""
        began = time.monotonic()
        self.podman.run("stop", name)
        if self.podman.inspect(name)["State"]["ExitCode"] == 137:
            raise PodmanFailed(f"{name} did not stop within its time:\n{self.log(name)}")
        return time.monotonic() - began

    def start(self, name: str) -> None:
        self.podman.run("start", name)
        self.until_healthy(name)

    def until_healthy(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.is_healthy(name):
            if time.monotonic() > deadline:
                raise PodmanFailed(f"{name} is not healthy:\n{self.log(name)}")
            time.sleep(0.5)

    def is_healthy(self, name: str) -> bool:
        """By the file's own test, run in the container as an engine would."""
        test = self.tree["services"][name]["healthcheck"]["test"]
        return self.podman.try_to("exec", name, *test[1:]).returncode == 0

    def within(self, name: str, *words: str, given: str = "") -> str:
        return self.podman.run("exec", "--interactive", name, *words, given=given)

    def run_once(self, name: str, words: Sequence[str], files: Mapping[Path, str]) -> str:
        """What one command prints in a container of this service, with files of the host laid into it.

        As `docker compose run` does: no port is published, and nobody finds the container by the service's name.
        """
        left_out = ("--publish", "--restart")
        options = [word.removesuffix(f":alias={name}") for word in self._options(name) if not word.startswith(left_out)]
        end = options.index(self.images[name]) + 1
        mounts = [f"--volume={path}:{within}:ro" for path, within in files.items()]
        done = self.podman.try_to("run", "--rm", *mounts, *options[:end], *words)
        if done.returncode != 0:
            raise PodmanFailed(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def log(self, name: str) -> str:
        done = self.podman.try_to("logs", name)
        return done.stdout + done.stderr

    def _options(self, name: str) -> Iterator[str]:
        service = self.tree["services"][name]
        yield from (f"--network={network}:alias={name}" for network in service["networks"])
        yield from (f"--env={key}={value}" for key, value in service.get("environment", {}).items())
        files = (self.folder / file["path"] for file in service.get("env_file", ()))
        yield from (f"--env-file={path}" for path in files if path.exists())
        yield from (f"--volume={mount}" for mount in service.get("volumes", ()))
        yield from (f"--publish={port}" for port in service.get("ports", ()))
        yield from (f"--cap-drop={right}" for right in service.get("cap_drop", ()))
        yield from (f"--cap-add={right}" for right in service.get("cap_add", ()))
        yield from (f"--security-opt={option.partition(':')[0]}" for option in service.get("security_opt", ()))
        # As Docker mounts them; Podman by itself would lay more of them over a file system that is to be read only.
        yield from (f"--tmpfs={path}:rw,noexec,nosuid,nodev,mode=1777,notmpcopyup" for path in service.get("tmpfs", ()))
        yield from (f"--read-only={str(service.get('read_only', False)).lower()}", "--read-only-tmpfs=false")
        yield from (f"--ulimit={limit}" for limit in _limits(service))
        yield from (
            f"--restart={service['restart']}",
            f"--stop-timeout={seconds(service.get('stop_grace_period', '10s')):.0f}",
        )
        for option, key in (("user", "user"), ("stop-signal", "stop_signal"), ("shm-size", "shm_size")):
            if key in service:
                yield f"--{option}={service[key]}"
        yield self.images[name]
        yield from service.get("command", ())


def _network_options(network: Json) -> Iterator[str]:
    if network.get("internal"):
        yield "--internal"
    for part in network.get("ipam", {}).get("config", ()):
        yield f"--subnet={part['subnet']}"


def _limits(service: Json) -> Iterator[str]:
    """No more than this machine itself may: no container can be given that."""
    for name, asked in {"nofile": 1024, "nproc": 4096, **service.get("ulimits", {})}.items():
        _, most = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))
        limit = asked if most == resource.RLIM_INFINITY else min(asked, most)
        yield f"{name}={limit}:{limit}"


def in_order(services: Json) -> Iterator[str]:
    """Without those of a profile; each after the ones that it waits for."""
    waiting = {name: set(one.get("depends_on", ())) for name, one in services.items() if "profiles" not in one}
    while waiting:
        ready = [name for name, others in waiting.items() if not others & set(waiting)]
        assert ready, f"{sorted(waiting)} wait for each other"
        yield from ready
        for name in ready:
            del waiting[name]
