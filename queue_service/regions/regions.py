from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from pathlib import Path

from queue_service.domain.errors import NotFound
from queue_service.faults import Fault
from queue_service.regions.spelling import spoken

SHIPPED = Path(__file__).parent
COLUMNS = ("code", "name", "latitude", "longitude", "position")
ALIKE = 0.8  # of 1, for a name that is only nearly the one that was typed
_is_code = re.compile(r"[0-9]{2}\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?").fullmatch


class Position(StrEnum):
    """What the coordinates of a village are the middle of."""

    VILLAGE = "village"
    DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class Village:
    """`code` is PP.RR.DD.VVVV; coordinates in degrees."""

    code: str
    name: str
    district_name: str
    latitude: float
    longitude: float
    position: Position

    @property
    def regency(self) -> str:
        return self.code[:5]

    @property
    def district(self) -> str:
        return self.code[:8]

    @property
    def is_kelurahan(self) -> bool:
        return self.code[9] == "1"

    @property
    def full_name(self) -> str:
        """As people write it where several villages have one name."""
        return f"{self.name}, {self.district_name}"


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: str
    latitude: float
    longitude: float
    villages: tuple[Village, ...]


@dataclass(frozen=True)
class Regency:
    code: str
    name: str
    districts: tuple[District, ...]

    @property
    def villages(self) -> Iterator[Village]:
        return (village for district in self.districts for village in district.villages)


@dataclass(frozen=True)
class Regions:
    regencies: Mapping[str, Regency]
    _villages: Mapping[str, Village] = field(default_factory=dict)

    @classmethod
    def of(cls, regencies: Iterable[Regency]) -> Regions:
        known = {regency.code: regency for regency in regencies}
        return cls(known, {village.code: village for regency in known.values() for village in regency.villages})

    def get(self, code: str) -> Village:
        """Raises NotFound."""
        village = self.find(code)
        if village is None:
            raise NotFound("There is no village {code}.", code=code)
        return village

    def find(self, code: str) -> Village | None:
        """The points of a code may be missing, as in many a list."""
        return self._villages.get(code) or self._villages.get(_with_points(code))

    def regency(self, code: str) -> Regency:
        """Raises NotFound."""
        try:
            return self.regencies[code]
        except KeyError:
            raise NotFound("There is no regency {code}.", code=code) from None

    def districts_of(self, regency: str) -> tuple[District, ...]:
        """By code. Raises NotFound."""
        return self.regency(regency).districts

    def villages_of(self, code: str) -> tuple[Village, ...]:
        """Of a regency or of one district, by code. Raises NotFound."""
        regency = self.regency(code[:5])
        if code == regency.code:
            return tuple(regency.villages)
        for district in regency.districts:
            if district.code == code:
                return district.villages
        raise NotFound("There is no district {code}.", code=code)

    def search(self, regency: str, text: str, most: int = 12) -> list[Village]:
        """By name, or by code; the best first. A comma may divide the village's name from its district's.

        Of those that are called exactly so there may be several, and then there are no others. Raises NotFound.
        """
        if (known := self.find(text.strip())) is not None and known.regency == regency:
            return [known]
        name, _, district = (spoken(part) for part in text.partition(","))
        if not name:
            return []
        rated = [
            (_rating(name, spoken(village.name)), village)
            for village in self.villages_of(regency)
            if not district or _rating(district, spoken(village.district_name)) >= ALIKE
        ]
        best = max((rating for rating, _ in rated), default=0.0)
        found = [pair for pair in rated if pair[0] >= (1.0 if best == 1.0 else ALIKE)]
        found.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].code))
        return [village for _, village in found[:most]]


def _rating(typed: str, name: str) -> float:
    """1 for the same, a little less for its beginning or a part; how alike they are for what is written otherwise."""
    if typed == name:
        return 1.0
    if len(typed) >= 3 and typed in name:
        return 0.95 if name.startswith(typed) else 0.9
    return 0.99 * SequenceMatcher(None, typed, name).ratio()


def _with_points(code: str) -> str:
    if len(code) == 10 and code.isascii() and code.isdigit():
        return f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}"
    return code


def read_regions(data_dir: Path | None = None) -> Regions:
    """Those that are shipped, and those in the folder `regions` of the data folder, which come first. Raises Fault."""
    folders = [SHIPPED, *([data_dir / "regions"] if data_dir else [])]
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.csv"))}
    return Regions.of(_read_regency(path) for path in files.values())


def _read_regency(path: Path) -> Regency:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise Fault(f"{path}: expected the columns {', '.join(COLUMNS)}.")
            rows = {row["code"]: row for row in lines}
        return _regency_of(rows)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise Fault(f"{path}: {error}") from error


def _regency_of(rows: Mapping[str, Mapping[str, str]]) -> Regency:
    """Raises ValueError."""
    strange = [code for code in rows if not _is_code(code)]
    if strange:
        raise ValueError(f"{strange[0]} is no code such as 16.04.10.2018.")
    heads = [code for code in rows if len(code) == 5]
    if len(heads) != 1 or any(not code.startswith(heads[0]) for code in rows):
        raise ValueError("expected one regency, and nothing but its districts and villages.")
    orphans = [code for code in rows if len(code) == 13 and code[:8] not in rows]
    if orphans:
        raise ValueError(f"{orphans[0]}: its district is missing.")
    districts = tuple(_district_of(code, rows) for code in sorted(rows) if len(code) == 8)
    return Regency(heads[0], rows[heads[0]]["name"], districts)


def _district_of(code: str, rows: Mapping[str, Mapping[str, str]]) -> District:
    row = rows[code]
    villages = (_village_of(rows[one], row["name"]) for one in sorted(rows) if len(one) == 13 and one[:8] == code)
    return District(code, row["name"], float(row["latitude"]), float(row["longitude"]), tuple(villages))


def _village_of(row: Mapping[str, str], district: str) -> Village:
    latitude, longitude = float(row["latitude"]), float(row["longitude"])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"{row['code']}: there is no such place on earth.")
    return Village(row["code"], row["name"], district, latitude, longitude, Position(row["position"]))
