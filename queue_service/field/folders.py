"""The folder of a day that was taken along: whose it is, its keys in a closed box, and the database beside them."""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from queue_service.faults import Fault
from queue_service.field.boxes import closed_box, opened_box
from queue_service.journal.appends import Place
from queue_service.settings import Settings

LEASE_BYTES = 12
AUTHORITY = "authority.crt"  # beside the folders of all trips
_is_trip = re.compile(r"([a-z0-9][a-z0-9-]{0,63})/([0-9]{4}-[0-9]{2}-[0-9]{2})").fullmatch


class FolderRefused(Fault):
    """The sentence says why nothing was done."""


def read_trip(text: str) -> Place:
    """Raises FolderRefused."""
    read = _is_trip(text)
    try:
        if read is not None:
            return read[1], date.fromisoformat(read[2])
    except ValueError:
        pass
    raise FolderRefused(f"“{text}”: expected a team and a day, such as bola-1/2026-11-24.")


@dataclass(frozen=True)
class Keys:
    """`secret` and `people` are this folder's own; `shown` and `days` came from the centre, for this day only."""

    secret: str
    people: str
    shown: str = ""
    days: Sequence[str] = ()

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_urlsafe(32), b64encode(os.urandom(32)).decode())


@dataclass(frozen=True)
class Folder:
    """`is_whole`: everything that travels with the day is here."""

    path: Path
    centre: str
    branch: str
    day: str
    lease: str
    device: str
    box: dict[str, Any] = field(repr=False)
    is_whole: bool = False
    ca_file: str | None = None

    @property
    def place(self) -> Place:
        return self.branch, date.fromisoformat(self.day)

    @property
    def trip(self) -> str:
        return f"{self.branch}/{self.day}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.path / 'antrean.db'}"

    def keys(self, passphrase: str) -> Keys:
        """Raises Shut."""
        contents = opened_box(passphrase, self.box)
        return Keys(**{**contents, "days": tuple(contents["days"])})

    def with_keys(self, keys: Keys, passphrase: str) -> Folder:
        return replace(self, box=closed_box(passphrase, asdict(keys)))

    def settings(self, keys: Keys) -> Settings:
        """With which the service runs here."""
        return Settings(
            self.path,
            self.database_url,
            secret=keys.secret,
            people_keys=keys.people,
            integrations="apart",
            field_lease=self.lease,
            authority=self.path.parent / AUTHORITY,
            day_keys={self.place: tuple(b64decode(key) for key in keys.days)},
        )

    def keep(self) -> None:
        """Whole or not at all, whenever the power goes."""
        values = {name: value for name, value in asdict(self).items() if name != "path"}
        write_durably(self.path / FILE, json.dumps(values, indent=1).encode())


FILE = "trip.json"


def path_of(root: Path, place: Place) -> Path:
    return root.absolute() / f"{place[0]}-{place[1].isoformat()}"


def new_folder(path: Path, place: Place, centre: str, device: str, passphrase: str, ca_file: str | None) -> Folder:
    box = closed_box(passphrase, asdict(Keys.new()))
    lease = secrets.token_hex(LEASE_BYTES)
    return Folder(path, centre, place[0], place[1].isoformat(), lease, device, box, ca_file=ca_file)


def find_folder(path: Path) -> Folder | None:
    """Raises FolderRefused for one that cannot be read."""
    file = path / FILE
    if not file.exists():
        return None
    try:
        return Folder(path, **json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        raise FolderRefused(f"{file} is damaged: {error}.") from error


def the_folder(root: Path, trip: str | None) -> Folder:
    """Of this trip, or of the only one that was taken along. Raises FolderRefused."""
    if trip is not None:
        found = find_folder(path_of(root, read_trip(trip)))
        if found is None:
            raise FolderRefused(f"{trip} was not taken along here: there is nothing of it in {root}.")
        return found
    paths = sorted(file.parent for file in root.absolute().glob(f"*/{FILE}"))
    folders = [folder for path in paths if (folder := find_folder(path)) is not None]
    if len(folders) != 1:
        known = ", ".join(folder.trip for folder in folders) or "none"
        raise FolderRefused(f"Which trip? Name one of those in {root}: {known}.")
    return folders[0]


def write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
