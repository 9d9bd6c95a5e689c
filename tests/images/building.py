"""The images that docker-compose.yml names, where none can be pulled: Debian's from debootstrap, the rest upon it."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.deploy.composition import Json
from tests.deploy.dockerfiles import read_stages
from tests.images.podman import PATIENCE, Podman
from tests.servers import ROOT

STAND_INS = Path(__file__).parent / "stand_ins"
CERTIFICATES = "/run/certificates.pem"


def make_base(podman: Podman, folder: Path) -> str:
    """Imports a Debian under the name from which the Dockerfile begins. Made once; afterwards it lies in the folder."""
    name = next(iter(read_stages(ROOT / "Dockerfile").values())).origin
    suite = name.partition(":")[2].removesuffix("-slim")
    packed = folder / f"{suite}.tar"
    if not packed.exists():
        system = folder / f"{suite}-system"
        command = ["debootstrap", "--variant=minbase", suite, str(system)]
        for words in (command, ["tar", "-C", str(system), "-cf", f"{packed}.part", "."], ["rm", "-rf", str(system)]):
            subprocess.run(words, check=True, timeout=PATIENCE, stdout=subprocess.DEVNULL)
        Path(f"{packed}.part").rename(packed)
    podman.run("import", str(packed), name)
    return name


def make_stand_ins(podman: Podman, tree: Json) -> list[str]:
    """Each under the very name that stands in docker-compose.yml, or in the Dockerfile of one of its services."""
    proxy = ROOT / tree["services"]["proxy"]["build"]["context"] / "Dockerfile"
    names = [service["image"] for service in tree["services"].values() if "image" in service]
    names += [stage.origin for stage in read_stages(proxy).values()]
    for name in names:
        build(podman, name, STAND_INS / name.partition(":")[0])
    return names


def make_services(podman: Podman, tree: Json, folder: Path) -> dict[str, str]:
    """The name of each service's image, which is built from the real Dockerfile where the file says so."""
    images = {}
    for name, service in tree["services"].items():
        images[name] = service.get("image") or f"antrean-{name}"
        if "build" in service:
            target = [f"--target={service['build']['target']}"] if "target" in service["build"] else []
            context = ROOT / service["build"]["context"]
            build(podman, images[name], context, *target, *packages_of_this_machine(folder))
    return images


def build(podman: Podman, name: str, context: Path, *options: str) -> None:
    where = ["--isolation=chroot", "--network=host", "--ulimit=nofile=4096:4096", "--pull-never"]
    podman.run("build", *where, *options, f"--tag={name}", str(context))


def packages_of_this_machine(folder: Path) -> Iterator[str]:
    """Where pip finds packages here, it shall find them while building too: its settings, and the folders they name."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    settings = configparser.ConfigParser(interpolation=None)
    settings["global"] = {}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        name, (words,) = key.rpartition(".")[2], shlex.split(value)
        settings["global"][name] = CERTIFICATES if name == "cert" else words
        for word in words.split():
            path = Path(urlsplit(word).path) if word.startswith(("file:", "/")) else None
            if path is not None and path.exists():
                # An index names files that lie beside it.
                shown = path.parent if word.startswith("file:") else path
                yield f"--volume={shown}:{CERTIFICATES if name == 'cert' else shown}:ro"
    written = folder / "pip.conf"
    with written.open("w") as file:
        settings.write(file)
    yield f"--volume={written}:/etc/pip.conf:ro"
