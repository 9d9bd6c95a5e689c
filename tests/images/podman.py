"""Podman with a storage of its own, so that nothing of this machine's images is touched, and nothing is left behind."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 1800  # seconds; building takes minutes on a busy machine


class PodmanFailed(Exception):
    """Says what Podman printed."""


@dataclass(frozen=True)
class Podman:
    folder: Path

    def command(self, *words: str) -> list[str]:
        places = {"root": "storage", "runroot": "run", "network-config-dir": "networks"}
        options = [f"--{option}={self.folder / name}" for option, name in places.items()]
        return ["podman", *options, "--runtime=runc", "--cgroup-manager=cgroupfs", "--network-backend=netavark", *words]

    def try_to(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        # No container inherits what this process reads from.
        what = {"input": given} if given else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=PATIENCE, check=False, **what
        )

    def run(self, *words: str, given: str = "") -> str:
        done = self.try_to(*words, given=given)
        if done.returncode != 0:
            raise PodmanFailed(f"podman {' '.join(words)}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def inspect(self, container: str) -> Any:
        return json.loads(self.run("container", "inspect", container))[0]

    def clean(self) -> None:
        """Everything in this storage: containers with their volumes, networks, images."""
        self.try_to("rm", "--all", "--force", "--time=0", "--volumes")
        self.try_to("volume", "rm", "--all", "--force")
        self.try_to("network", "prune", "--force")
        self.try_to("rmi", "--all", "--force")
